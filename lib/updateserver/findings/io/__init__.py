"""Findings that need a look at the disk, and the one place where all findings come together."""
