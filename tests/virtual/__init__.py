"""The virtual device against a scripted server, over real sockets."""
