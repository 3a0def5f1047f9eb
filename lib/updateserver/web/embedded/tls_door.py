"""The listening sockets of HTTPS: each handshake is a task of its own, so a silent client keeps nobody waiting.

A handshake that fails is one line of the log with the caller's address. It decides nothing about certificates: the
context does.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable

from updateserver.web.embedded.journal import SHORTAGE

_LOG = logging.getLogger("updateserver.tls")

HANDSHAKE = 30.0  # seconds that a client may take
BACKLOG = 1024  # connections waiting to be accepted: after a power cut all devices call at once
_PAUSE = 1.0  # seconds, until files may have been closed


class TlsDoor:
    """Accepts connections on one address, and hands those with a finished handshake over to `protocol_factory`."""

    def __init__(self, protocol_factory: Callable[[], asyncio.BaseProtocol], context: ssl.SSLContext) -> None:
        self._protocol_factory = protocol_factory
        self._context = context
        self._listening: list[socket.socket] = []
        self._greetings: set[asyncio.Task[None]] = set()

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
        greetings = tuple(self._greetings)
        for greeting in greetings:
            greeting.cancel()
        await asyncio.gather(*greetings, return_exceptions=True)

    def _watch(self, listening: socket.socket) -> None:
        if listening.fileno() != -1:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, peer = listening.accept()
        except OSError as error:  # or a client that left before its turn came
            if error.errno in SHORTAGE:
                _LOG.error("no connection can be accepted for now: %s (raise the limit of open files)", error.strerror)
                loop = asyncio.get_running_loop()
                loop.remove_reader(listening)
                loop.call_later(_PAUSE, self._watch, listening)
            return
        connection.setblocking(False)
        greeting = asyncio.get_running_loop().create_task(self._greet(connection, peer[0]))
        self._greetings.add(greeting)
        greeting.add_done_callback(self._greetings.discard)
        # It may be cancelled before it begins, and then nobody else closes the connection.
        greeting.add_done_callback(lambda ended: connection.close() if ended.cancelled() else None)

    async def _greet(self, connection: socket.socket, peer: str) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._protocol_factory, connection, ssl=self._context, ssl_handshake_timeout=HANDSHAKE
            )
        except ssl.SSLCertVerificationError as error:
            why = "its CA is not among the trusted ones, or it is not valid"
            _LOG.warning("TLS: certificate of %s refused, %s: %s", peer, why, error.verify_message)
        except ssl.SSLError as error:
            _LOG.info("TLS: no handshake with %s: %s", peer, (error.reason or "no TLS").lower().replace("_", " "))
        except OSError as error:
            _LOG.info("TLS: no handshake with %s: %s", peer, error or type(error).__name__)
