"""A call as it arrived: its address, whom it came from, with which certificate; and who a device has proved to be.

A `Call` is built at the border (`web/call.py`) and never changed after that. All text is free of control characters.
"""

from dataclasses import dataclass
from typing import NamedTuple


class TlsClient(NamedTuple):
    """What the web server says about the caller's certificate; None where it says nothing."""

    cn: str | None = None
    verify: str | None = None  # "SUCCESS", "NONE", "FAILED:reason"
    issuer: frozenset[str] | None = None  # names under which @CAname may list the issuer
    subject: str = ""  # as a DN, however written


class Call(NamedTuple):
    """Addresses of one call, as docs/behaviour.md: The request derives them."""

    host: str  # as sent, with its port: update.example.com:8080
    folder: str  # of the called script, with slashes at both ends: /mtls/update/
    script: str  # the name that was called: update.php
    https: bool
    port: str  # where it arrived: SERVER_PORT
    peer: str  # address of the device, only to be shown: without `times/@proxies` anybody may choose it
    proxy: str | None  # address of the reverse proxy, where the call came through one; only to be shown, too
    lighttpd: bool  # the web server is lighttpd
    tls: TlsClient = TlsClient()
    address: str = ""  # where the call came from, for every decision (`trust/addresses.py`)
    is_hidden: bool = False  # that is only the address of a proxy which does not tell whom it calls for
    unnamed_proxy: str = ""  # who passed the call on and is not named in `times/@proxies`
    outer_port: str = ""  # the port at which a named proxy was called

    @property
    def certain_address(self) -> str:
        """The caller's own address, "" where no named proxy tells it: what is proved by an address goes by this."""
        return "" if self.is_hidden else self.address

    @property
    def called_port(self) -> str:
        """The port that the caller used, as far as that is known."""
        return self.outer_port or self.port

    @property
    def base(self) -> str:
        """Base URL, ending with a slash: https://update.example.com/mtls/update/."""
        return f"{'https' if self.https else 'http'}://{self.host}{self.folder}"


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """A verified certificate that a device has shown (docs/differences.md, 22)."""

    cn: str
    issuer: str
    since: int  # Unix seconds of the first time
    is_factory: bool  # issued by the maker of the device
