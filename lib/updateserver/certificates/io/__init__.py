"""The CA, its files, and each device's way to a certificate."""
