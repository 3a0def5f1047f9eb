"""Where redirection meets the disk and the network."""
