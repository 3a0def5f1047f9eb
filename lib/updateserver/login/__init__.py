"""Admins: passwords, sessions, and who has to wait."""
