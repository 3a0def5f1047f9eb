"""Virtual devices: the server's other side, for tests and for the command `simulate`.

They obey scripts as real devices do and share no code with the server, so that the two can be wrong independently.
"""
