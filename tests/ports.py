"""Ports for servers that must be told one: no other test has it, and no connection gets it by chance."""

import random
import socket

# Below the ports that the system gives to connections that go out.
_PORTS = range(10240, 32768)
_reserved: list[socket.socket] = []  # a name in the system's table each, until this process ends


def free_port() -> int:
    """Return a port of this computer that nobody listens on, and that no other test process gets meanwhile."""
    for port in random.sample(_PORTS, 1000):
        reservation = socket.socket(socket.AF_UNIX)
        try:
            reservation.bind(f"\0updateserver test port {port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            reservation.close()
            continue
        _reserved.append(reservation)
        return port
    raise AssertionError("no port is free")
