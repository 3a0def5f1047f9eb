"""A device's certificate: what requests and certificates say, and whether they may be signed and delivered."""
