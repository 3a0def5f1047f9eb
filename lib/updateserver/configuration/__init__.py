"""The configuration of a site: what may stand in it, what does, and what it means."""
