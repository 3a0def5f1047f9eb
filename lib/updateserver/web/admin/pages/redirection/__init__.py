"""The page about redirection: where devices that come out of their box are sent."""
