"""WSGI (PEP 3333): a request that has arrived whole becomes an environ, an application's answer becomes a value.

It knows nothing of the network: it is run in a thread and may take its time.
"""

import io
import re
import sys
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from updateserver import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from wsgiref.types import WSGIApplication

    Failure = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

SOFTWARE = f"updateserver/{__version__}"

# Without this, `SSL-Client` and `SSL_Client` would be one variable, and a client could speak for a proxy before us.
_HEADER_NAME = re.compile(rb"[A-Za-z0-9-]+")
# Said by CONTENT_LENGTH, or no longer true of a body that was read; `Proxy` would become HTTP_PROXY (CVE-2016-5385).
_NOT_PASSED_ON = frozenset({b"content-length", b"transfer-encoding", b"proxy"})
# Of the answer, the server writes these itself.
_OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True)
class Received:
    """A request, and what of its body an application is to see; strings as WSGI wants them, bytes read as Latin-1."""

    method: str
    script: str
    query: str
    protocol: str
    headers: "tuple[tuple[bytes, bytes], ...]"
    server: tuple[str, int]
    peer: tuple[str, int]
    tls: "Mapping[str, str] | None" = None  # the variables of the TLS layer, None without TLS
    body: "IO[bytes]" = field(default_factory=io.BytesIO)
    length: int | None = 0  # bytes of the body, None where that is known only at its end

    def environ(self) -> dict[str, Any]:
        """Return the WSGI environ; only what the server itself knows gets a name without HTTP_."""
        return {
            **_header_variables(self.headers),
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": self.script,
            "PATH_INFO": "",
            "QUERY_STRING": self.query,
            "CONTENT_LENGTH": "" if self.length is None else str(self.length),
            "SERVER_NAME": self.server[0],
            "SERVER_PORT": str(self.server[1]),
            "SERVER_PROTOCOL": self.protocol,
            "SERVER_SOFTWARE": SOFTWARE,
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REMOTE_ADDR": self.peer[0],
            "REMOTE_PORT": str(self.peer[1]),
            **(self.tls or {}),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http" if self.tls is None else "https",
            "wsgi.input": self.body,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            # Not of PEP 3333, but what Werkzeug asks for: the body ends by itself, also where it came in chunks.
            "wsgi.input_terminated": True,
        }


@dataclass(frozen=True)
class Answer:
    """What an application answered."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def as_wsgi(text: str) -> str:
    """Return text as WSGI passes it: its UTF-8 bytes, read as Latin-1."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def from_wsgi(text: str) -> str:
    """Return what `as_wsgi` was given."""
    return text.encode("latin-1").decode("utf-8", "replace")


def run(application: "WSGIApplication", environ: dict[str, Any]) -> Answer:
    """Call an application and collect its whole answer."""
    started = _Started()
    parts = application(environ, started)
    try:
        rest = list(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    return started.answer(b"".join([*started.written, *rest]))


class _Started:
    """The `start_response` of one call; the last one before the body counts, so an error page can replace a page."""

    def __init__(self) -> None:
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self.written: list[bytes] = []

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: "Failure | None" = None, /
    ) -> "Callable[[bytes], object]":
        # PEP 3333: a second call is allowed only to report an error.
        if self._status and not exc_info:
            raise RuntimeError(f"the application started two answers: {self._status!r} and {status!r}")
        self._status, self._headers = status, list(headers)
        return self.written.append

    def answer(self, body: bytes) -> Answer:
        if not self._status:
            raise RuntimeError("the application did not call start_response")
        code, _, reason = self._status.partition(" ")
        kept = tuple(pair for pair in self._headers if pair[0].lower() not in _OF_THE_CONNECTION)
        if any(set("\r\n\0") & set(name + value) for name, value in kept) or "\n" in reason or "\r" in reason:
            raise ValueError(f"the application's status or headers hold a line break: {self._status!r} {kept!r}")
        return Answer(int(code), reason, kept, body)


def _header_variables(headers: "Iterable[tuple[bytes, bytes]]") -> dict[str, str]:
    variables: dict[str, str] = {}
    for raw_name, raw_value in headers:
        if raw_name.lower() in _NOT_PASSED_ON or not _HEADER_NAME.fullmatch(raw_name):
            continue
        name, value = _variable(raw_name), raw_value.decode("latin-1")
        # RFC 9110, 5.3 joins equal headers with a comma, RFC 6265, 4.2.1 cookies with a semicolon.
        joint = "; " if name == "HTTP_COOKIE" else ", "
        variables[name] = f"{variables[name]}{joint}{value}" if name in variables else value
    return variables


def _variable(header: bytes) -> str:
    name = header.decode("ascii").upper().replace("-", "_")
    # RFC 3875, 4.1: of a request's headers only this one and the length have names of their own.
    return name if name == "CONTENT_TYPE" else f"HTTP_{name}"
