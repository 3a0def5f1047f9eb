"""Files, logs and counters on the disk, and waiting for others with a limit."""
