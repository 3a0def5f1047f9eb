"""The listening sockets: each TLS handshake is a task of its own, so a silent client keeps nobody waiting.

A handshake that fails is one line of the log with the caller's address. It decides nothing about certificates: the
context does; nor about who is let in: `connections.py` does.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from updateserver.trust.addresses import limit_key
from updateserver.web.embedded.connections import Connection, Connections
from updateserver.web.embedded.request_log import SHORTAGE, RateLimited

if TYPE_CHECKING:
    from aiohttp.web import RequestHandler

_LOG = logging.getLogger("updateserver.tls")
_LOG.addFilter(RateLimited())

HANDSHAKE = 30.0  # seconds that a client may take
BACKLOG = 4096  # connections waiting to be accepted: after a power cut all devices call at once
_AT_ONCE = 64  # connections accepted before others get their turn
_PAUSE = 1.0  # seconds, until files may have been closed


class ListeningSockets:
    """Accepts connections on one address; those with a finished handshake, or without TLS, get what `server` makes."""

    def __init__(
        self, server: "Callable[[], RequestHandler]", context: ssl.SSLContext | None, connections: Connections
    ) -> None:
        self._server = server
        self._context = context
        self._connections = connections
        self._listening: list[socket.socket] = []
        self._handshakes: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> int:
        """Listen, port 0 for a free one; return the port. Raises OSError when the address cannot be had."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, address in dict.fromkeys((family, address[0]) for family, _, _, _, address in found):
            listening = socket.create_server((str(address), port), family=family, backlog=BACKLOG)
            self._listening.append(listening)
            listening.setblocking(False)
            port = listening.getsockname()[1]
            self._watch(listening)
        return port

    async def close(self) -> None:
        """Accept nobody any more, and give up handshakes; what was handed over goes on."""
        for listening in self._listening:
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()
        handshakes = tuple(self._handshakes)
        for handshake in handshakes:
            handshake.cancel()
        await asyncio.gather(*handshakes, return_exceptions=True)

    def _watch(self, listening: socket.socket) -> None:
        if listening.fileno() != -1:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        # Not until nothing is left: those that are connected must have their turn, too.
        for _ in range(_AT_ONCE):
            try:
                connection, peer = listening.accept()
            except OSError as error:  # or a client that left before its turn came
                if error.errno in SHORTAGE:
                    _LOG.error("no connection is accepted for now: %s (raise the limit of open files)", error.strerror)
                    self._rest(listening)
                return
            self._admit(connection, peer[0])

    def _rest(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(listening)
        loop.call_later(_PAUSE, self._watch, listening)

    def _admit(self, connection: socket.socket, peer: str) -> None:
        # Refused before TLS, whose handshake is what costs most.
        if not self._connections.has_room(limit_key(peer)):
            _LOG.warning("a connection of %s is refused: too many requests are being answered", peer)
            connection.close()
            return
        connection.setblocking(False)
        handler = self._server()
        handshake = asyncio.get_running_loop().create_task(self._shake_hands(connection, handler, peer))
        self._connections.add(Connection(limit_key(peer), handler, handshake))
        self._handshakes.add(handshake)
        handshake.add_done_callback(self._handshakes.discard)
        # It may be cancelled before it begins, and then nobody else closes the connection.
        handshake.add_done_callback(lambda ended: self._gone(connection, handler) if ended.cancelled() else None)

    def _gone(self, connection: socket.socket, handler: "RequestHandler") -> None:
        connection.close()
        self._connections.remove(handler)

    async def _shake_hands(self, connection: socket.socket, handler: "RequestHandler", peer: str) -> None:
        timeout = HANDSHAKE if self._context else None
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: handler, connection, ssl=self._context, ssl_handshake_timeout=timeout
            )
        except ssl.SSLCertVerificationError as error:
            why = "its CA is not among the trusted ones, or it is not valid"
            _LOG.warning("TLS: certificate of %s refused, %s: %s", peer, why, error.verify_message)
        except ssl.SSLError as error:
            _LOG.info("TLS: no handshake with %s: %s", peer, (error.reason or "no TLS").lower().replace("_", " "))
        except OSError as error:
            _LOG.info("TLS: no handshake with %s: %s", peer, error or type(error).__name__)
        else:
            return
        self._connections.remove(handler)
