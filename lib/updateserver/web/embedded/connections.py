"""Who is connected: limits for all connections and for those of one address.

A whole site of honest devices may sit behind one address, so nobody is turned away while there is somebody who only
waits: the connection that is there for longest and has no request under way makes room, first among those of the same
address. A device sends its request at once; only who is slow on purpose, or has nothing more to say, is found waiting.
"""

import asyncio
import resource
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp.web import RequestHandler

MOST = 8000  # connections
_SHARE = 0.75  # of the open files is for connections, the rest for the applications
_OTHER_FILES = 48  # at least so many: those of the threads, the log, the listening sockets
_FEWEST = 8  # connections
_WANTED_FILES = 65536


@dataclass(frozen=True, eq=False)
class Connection:
    """A connection: where it comes from, what serves it, and the task of its handshake."""

    address: str
    handler: "RequestHandler"
    handshake: "asyncio.Task[None]"

    @property
    def waits(self) -> bool:
        """Whether no request is under way."""
        return not self.handshake.done() or self.handler._waiter is not None  # noqa: SLF001 - no public way to ask

    def abort(self) -> None:
        """End the connection now; nothing that it may still have to read is waited for."""
        self.handshake.cancel()
        transport = self.handler.transport
        self.handler.force_close()
        if transport:
            transport.abort()


class Connections:
    """All connections of a server, at most `most`, and half as many from one address; used by one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._most_of_one = max(1, most // 2)
        self._connections: dict[RequestHandler, Connection] = {}  # the one that is there for longest comes first
        self._count: Counter[str] = Counter()

    def has_room(self, address: str) -> bool:
        """Make room for one more of an address; False where all others are being served."""
        if self._count[address] >= self._most_of_one:
            return self._made_room(address)
        return len(self._connections) < self._most or self._made_room(None)

    def add(self, connection: Connection) -> None:
        """Note that somebody is connected."""
        self._connections[connection.handler] = connection
        self._count[connection.address] += 1

    def remove(self, handler: "RequestHandler") -> None:
        """Note that a connection has ended; may be told twice."""
        if connection := self._connections.pop(handler, None):
            self._count[connection.address] -= 1
            if not self._count[connection.address]:
                del self._count[connection.address]

    def _made_room(self, address: str | None) -> bool:
        for connection in self._connections.values():
            if address in (None, connection.address) and connection.waits:
                self.remove(connection.handler)
                connection.abort()
                return True
        return False


def as_many_as_files() -> int:
    """Raise the limit of open files as far as we may; return for how many connections it is enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    most = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, _WANTED_FILES)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    files = max(soft, most)
    return min(MOST, max(_FEWEST, min(int(files * _SHARE), files - _OTHER_FILES)))
