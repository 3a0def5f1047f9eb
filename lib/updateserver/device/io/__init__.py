"""State files: read, written under a lock, forgotten."""
