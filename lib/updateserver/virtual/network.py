"""How a device reaches servers: HTTP and HTTPS, one connection for each call, or one for all calls of a poll.

A call never raises because of what the other side does: what went wrong is in the `Call`. Nothing is retried here:
that is the next poll's business. Only where a kept connection turns out to be closed, the call is made on a new one.
"""

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from updateserver.virtual.credential import Credential

REDIRECTS = {301, 302, 303, 307, 308}
MAX_REDIRECTS = 5
CHUNK = 512  # bytes; devices have little memory


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One call as the device saw it: `status` 0 and a non-empty `error` if there was no answer."""

    method: str
    url: str
    status: int = 0
    body: bytes = b""  # of the answer
    sent: bytes = b""
    location: str = ""
    error: str = ""
    seconds: float = 0.0

    @property
    def problem(self) -> str:
        """Say what was wrong with the answer, "" if nothing was."""
        return self.error or ("" if 200 <= self.status < 300 else f"status {self.status}")  # noqa: PLR2004 -- RFC 9110

    def __str__(self) -> str:
        return f"{self.method} {self.url}: {self.problem or self.status}"


@dataclass
class Network:
    """The network as one device has it.

    `server_ca` is a file with the certificates that the device trusts; without it servers are not verified, as devices
    do by default. `address` is the local address to call from (any of 127.x.y.z works on a loopback interface).
    """

    timeout: float = 30.0  # seconds
    address: str = ""
    server_ca: Path | None = None
    method: str = "PUT"  # of uploads: some web servers in between only take POST
    chunked: bool = True  # uploads: without a content length
    keep_alive: bool = False  # connections stay open until `hang_up`
    _trusted: tuple[str, ...] | None = field(default=None, init=False)  # certificates as hex; None: all servers
    _credential: Credential | None = field(default=None, init=False)
    _tls: ssl.SSLContext | None = field(default=None, init=False)
    _kept: dict[tuple[str, str], HTTPConnection] = field(default_factory=dict, init=False)  # by scheme and host

    def present(self, credential: Credential | None) -> None:
        """Show this certificate to servers that ask for one, from the next call on."""
        if credential is not self._credential:
            self.hang_up()
            self._credential = credential
            self._tls = None

    def trust(self, certificates: tuple[str, ...]) -> None:
        """Call by HTTPS only those who show one of these certificates (DER as hex), or one that these vouch for."""
        if certificates != self._trusted:
            self.hang_up()
            self._trusted = certificates
            self._tls = None

    def hang_up(self) -> None:
        """Close the connections that were kept."""
        while self._kept:
            self._kept.popitem()[1].close()

    def fetch(self, url: str) -> HttpCall:
        """GET a script or firmware; redirects are followed from `update-migrate` only."""
        call = self._call("GET", url)
        for _ in range(MAX_REDIRECTS):
            if call.status not in REDIRECTS or not _migrates(call.url):
                break
            call = self._call("GET", urljoin(call.url, call.location))
        return call

    def upload(self, url: str, body: bytes) -> HttpCall:
        """Send a body the way that this device sends uploads."""
        return self._call(self.method, url, body)

    def _call(self, method: str, url: str, body: bytes | None = None) -> HttpCall:
        begin = time.perf_counter()
        try:
            call = self._exchange(method, url, body)
        except (OSError, HTTPException, ValueError) as error:  # ValueError: a URL that cannot be
            call = HttpCall(method, url, sent=body or b"", error=f"no answer: {error or type(error).__name__}")
        object.__setattr__(call, "seconds", time.perf_counter() - begin)
        return call

    def _exchange(self, method: str, url: str, body: bytes | None) -> HttpCall:
        parts = urlsplit(url)
        place = parts.scheme, parts.netloc
        kept = self._kept.pop(place, None)
        connection = kept or self._connection(parts)
        try:
            try:
                call = self._asked(connection, method, url, body)
            except ConnectionError:  # the server closed it meanwhile, as servers may
                if not kept:
                    raise
                connection.close()  # the next request opens it again
                call = self._asked(connection, method, url, body)
        except BaseException:
            connection.close()
            raise
        if self.keep_alive and connection.sock:
            self._kept[place] = connection
        else:
            connection.close()
        return call

    def _asked(self, connection: HTTPConnection, method: str, url: str, body: bytes | None) -> HttpCall:
        headers = {} if self.keep_alive else {"Connection": "close"}
        target = _target(urlsplit(url))
        if body is None:
            connection.request(method, target, headers=headers)
        elif self.chunked:
            connection.request(
                method, target, _chunks(body), headers | {"Transfer-Encoding": "chunked"}, encode_chunked=True
            )
        else:
            connection.request(method, target, body, headers)
        with connection.getresponse() as answer:
            return HttpCall(method, url, answer.status, answer.read(), body or b"", answer.getheader("Location", ""))

    def _connection(self, parts: SplitResult) -> HTTPConnection:
        source = (self.address, 0) if self.address else None
        host = parts.hostname or ""
        if parts.scheme == "https":
            self._tls = self._tls or self._context()
            return HTTPSConnection(host, parts.port, timeout=self.timeout, source_address=source, context=self._tls)
        if parts.scheme == "http":
            return HTTPConnection(host, parts.port, timeout=self.timeout, source_address=source)
        raise ValueError(f"the URL begins with {parts.scheme!r}, not with http or https")

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.server_ca:
            context.load_verify_locations(self.server_ca)
        elif self._trusted is not None:
            context.check_hostname = False  # the very certificate is trusted, whatever name the server has here
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            for certificate in self._trusted:
                context.load_verify_locations(cadata=bytes.fromhex(certificate))
        else:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self._credential:
            with NamedTemporaryFile(suffix=".pem") as pem:  # ssl reads files only; this one has mode 0600
                pem.write(self._credential.pem())
                pem.flush()
                context.load_cert_chain(pem.name)
        return context


def _target(parts: SplitResult) -> str:
    target = parts._replace(scheme="", netloc="", fragment="", path=parts.path or "/").geturl()
    return quote(target, safe="!$%&'()*+,/:;=?@~")  # what a URL may hold stays, blanks and the like are encoded


def _chunks(body: bytes) -> Iterator[bytes]:
    for begin in range(0, len(body), CHUNK):
        yield body[begin : begin + CHUNK]


def _migrates(url: str) -> bool:
    return urlsplit(url).path.rpartition("/")[2].startswith("update-migrate")
