"""What an embedded server is told: which folder it serves, where, and its limits."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from updateserver.web.embedded.connections import MOST
from updateserver.web.embedded.paths import plain_names

if TYPE_CHECKING:
    from pathlib import Path

PREFIXES = ("/mtls/update/", "/update/")
MAX_BODY = 32 * 1024 * 1024
THREADS = 16
SPOOL = 512 * 1024 * 1024


@dataclass(frozen=True)
class ServerSettings:
    """The installation folder, the URL folders it appears as, and the limits of the server."""

    root: "Path"
    prefixes: tuple[str, ...] = PREFIXES
    max_body: int = MAX_BODY
    threads: int = THREADS
    connections: int = MOST  # at once; half as many from one address
    spool: int = SPOOL  # bytes of all uploads that are arriving; half as many from one address

    def __post_init__(self) -> None:
        """Refuse what could serve nothing."""
        if not self.prefixes:
            raise ValueError("no prefix to serve under: expected at least one such as /update/")
        if self.max_body < 0 or self.threads < 1:
            raise ValueError(f"cannot serve with max_body={self.max_body} and threads={self.threads}")
        _ = self.folders

    @cached_property
    def folders(self) -> tuple[tuple[str, ...], ...]:
        """The prefixes as names: `/mtls/update/` is `("mtls", "update")`."""
        return tuple(map(_folder, self.prefixes))


def _folder(prefix: str) -> tuple[str, ...]:
    if prefix == "/":
        return ()
    names = plain_names(prefix.removesuffix("/"))
    if names is None or not prefix.endswith("/"):
        raise ValueError(f"prefix {prefix!r} is not a folder of a URL such as /mtls/update/")
    return names
