"""Configuration backups: what is kept, under which number, and what differs between two."""
