"""DNS names of addresses, looked up with little patience and remembered for a while."""

import ipaddress
import logging
import socket
import time

from updateserver.edge.patience import within

_LOG = logging.getLogger("updateserver.dns")
_PATIENCE = 2.0  # seconds
_REMEMBER = 300  # seconds
_MANY = 10_000  # addresses remembered
_SILENCE = 60  # seconds that nobody asks again after there was no answer at all: each device would wait its turn

_names: dict[str, tuple[float, str]] = {}
_silent_since: list[float] = []


def reverse_name(address: str) -> str:
    """Return the DNS name of an IP address; the address itself, if it has none or nobody tells in time."""
    known = _names.get(address)
    if known and time.monotonic() - known[0] < _REMEMBER:
        return known[1]
    if _silent_since and time.monotonic() - _silent_since[-1] < _SILENCE:
        return address
    if len(_names) >= _MANY:
        _names.clear()
    name = _looked_up(address)
    _names[address] = time.monotonic(), name
    return name


def _looked_up(address: str) -> str:
    try:
        ipaddress.ip_address(address)
        name, _, _ = within(_PATIENCE, lambda: socket.gethostbyaddr(address))
    except TimeoutError as error:
        _LOG.warning("DNS does not answer (%s): for %d s, addresses stand for names", error, _SILENCE)
        _silent_since[:] = [time.monotonic()]
        return address
    except (ValueError, OSError) as error:
        _LOG.info("no name for %s: %s", address, error)
        return address
    return name
