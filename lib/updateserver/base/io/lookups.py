"""Asking others over the network, but not for long: names of addresses, and small pages by HTTP.

DNS names are looked up within two seconds and remembered for a while; pages have limits of time and size. What that
needs takes 25 ms to import, and a plain CGI poll seldom needs it: hence a module of its own.
"""

import http.client
import ipaddress
import logging
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_NAME = "waiting for others"
_MOST = 50  # threads that wait


def within(seconds: float, ask: Callable[[], Result]) -> Result:
    """Return what `ask` returns or raise what it raises; TimeoutError if that takes longer than `seconds`.

    Name resolution has no time limit of its own, so `ask` runs in a thread that is left behind when it hangs. Those
    threads do not become more and more: with too many of them waiting, it is a TimeoutError at once.
    """
    if sum(thread.name == _NAME for thread in threading.enumerate()) >= _MOST:
        raise TimeoutError(f"{_MOST} earlier questions are still without an answer")
    outcome: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(ask())
        except BaseException as error:  # noqa: BLE001 - raised again by the one who waits
            errors.append(error)

    # A daemon: a process that ends does not wait for it.
    thread = threading.Thread(target=run, name=_NAME, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not outcome:
        raise TimeoutError(f"no answer within {seconds:g} s")
    return outcome[0]


_LARGEST = 1 << 20  # bytes


def fetched(url: str, timeout: float) -> bytes:
    """Return the page at a URL. Raises OSError, among them TimeoutError after about `timeout` seconds."""
    # No proxy of the environment: the reference device is in the own network.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as answer:
            return _whole(answer, timeout)
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f"HTTP status {error.code}") from error
    except (ValueError, http.client.HTTPException) as error:
        raise OSError(str(error)) from error


def _whole(answer: http.client.HTTPResponse, timeout: float) -> bytes:
    """Return an answer's body; it must arrive in time as a whole, not only each byte of it."""
    content, end = b"", time.monotonic() + timeout
    while len(content) < _LARGEST and (part := answer.read1(_LARGEST)):
        content += part
        if time.monotonic() > end:
            raise TimeoutError("it drips")
    return content


_LOG = logging.getLogger("updateserver.dns")
_TIMEOUT = 2.0  # seconds
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
        name, _, _ = within(_TIMEOUT, lambda: socket.gethostbyaddr(address))
    except TimeoutError as error:
        _LOG.warning("DNS does not answer (%s): for %d s, addresses stand for names", error, _SILENCE)
        _silent_since[:] = [time.monotonic()]
        return address
    except (ValueError, OSError) as error:
        _LOG.info("no name for %s: %s", address, error)
        return address
    return name
