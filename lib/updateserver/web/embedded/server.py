"""The life of an embedded server: open the sockets, serve, stop gracefully."""

import asyncio
import contextlib
import faulthandler
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from aiohttp import web

from updateserver.web.embedded.answering import Answering
from updateserver.web.embedded.connections import MOST, Connections, as_many_as_files
from updateserver.web.embedded.request_lines import TolerantServer
from updateserver.web.embedded.request_log import AccessLine, access, protocol, tell_trouble
from updateserver.web.embedded.settings import MAX_BODY, PREFIXES, SPOOL, THREADS, ServerSettings
from updateserver.web.embedded.sockets import ListeningSockets
from updateserver.web.embedded.spool import Spool
from updateserver.web.scripts import applications

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path
    from types import TracebackType

IDLE = 75.0  # seconds that a connection may take to send the head of its next request
GRACE = 10.0  # seconds that running requests get to finish when the server stops
LAST = 15.0  # seconds after which the process ends, whatever its threads are waiting for

Address = tuple[str, int]


@dataclass(frozen=True)
class Listener:
    """An address to listen on, port 0 for a free one; with an SSL context it speaks HTTPS."""

    host: str
    port: int
    ssl_context: "ssl.SSLContext | None" = None


def serve(
    settings: ServerSettings, listeners: "Sequence[Listener]", on_started: "Callable[[list[Address]], None]"
) -> None:
    """Serve until SIGTERM or SIGINT, in the main thread; then finish what is running, or give up what hangs.

    `on_started` gets the addresses, in the listeners' order, with the ports that are really open.
    Raises OSError when an address cannot be had, FileNotFoundError when the folder holds no update server.
    """
    # Without a free file descriptor nothing works, not even reading a snippet.
    settings = replace(settings, connections=min(settings.connections, as_many_as_files()))
    try:
        asyncio.run(_serve(settings, listeners, on_started))
    finally:
        faulthandler.cancel_dump_traceback_later()


async def _serve(
    settings: ServerSettings, listeners: "Sequence[Listener]", on_started: "Callable[[list[Address]], None]"
) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with _opened(settings, listeners) as addresses:
        on_started(addresses)
        await stop.wait()
        # A thread cannot be stopped, and one that waits for a dead disk never ends; the log then shows where it waits.
        faulthandler.dump_traceback_later(LAST, exit=True)
        # Whoever does not want to wait for the running requests may ask a second time.
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@contextlib.asynccontextmanager
async def _opened(settings: ServerSettings, listeners: "Sequence[Listener]") -> "AsyncIterator[list[Address]]":
    with ThreadPoolExecutor(settings.threads, thread_name_prefix="application") as pool:
        answering = Answering(settings, applications(settings.root), pool, Spool(settings.spool))
        connections = Connections(settings.connections)
        http = TolerantServer(
            answering,
            lost=connections.remove,
            access_log_class=AccessLine,
            access_log=access,
            logger=protocol,
            keepalive_timeout=IDLE,
            auto_decompress=False,  # an application gets what was sent, as under any other server
        )
        runner = web.ServerRunner(http, shutdown_timeout=GRACE)
        await runner.setup()
        asyncio.get_running_loop().set_exception_handler(tell_trouble)
        # Closed in reverse: first nobody new is accepted, then what runs is finished.
        async with contextlib.AsyncExitStack() as opened:
            opened.push_async_callback(runner.cleanup)
            addresses = []
            for listener in listeners:
                sockets = ListeningSockets(http, listener.ssl_context, connections)
                opened.push_async_callback(sockets.close)
                addresses.append((listener.host, await sockets.open(listener.host, listener.port)))
            yield addresses


class EmbeddedServer:
    """A server in a thread of its own, for as long as its `with` block lasts.

    `addresses` are those of the listeners, `url` is the first one's with the first prefix, ending in a slash.
    """

    def __init__(  # noqa: PLR0913 - limits, each with a default
        self,
        root: "Path",
        *,
        listeners: "Sequence[Listener]" = (Listener("127.0.0.1", 0),),
        prefixes: tuple[str, ...] = PREFIXES,
        max_body: int = MAX_BODY,
        threads: int = THREADS,
        connections: int = MOST,
        spool: int = SPOOL,
    ) -> None:
        self.settings = ServerSettings(root, prefixes, max_body, threads, connections, spool)
        self.listeners = tuple(listeners)
        self.addresses: list[Address] = []
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port of the first listener."""
        return self.addresses[0][1]

    @property
    def url(self) -> str:
        """Where the installation is found, such as `http://127.0.0.1:40123/mtls/update/`."""
        host, port = self.addresses[0]
        scheme = "https" if self.listeners[0].ssl_context else "http"
        return f"{scheme}://{host}:{port}{self.settings.prefixes[0]}"

    def __enter__(self) -> Self:
        """Start, and return once the sockets are open; what hinders that is raised here."""
        started: Future[list[Address]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live(started)), name="embedded server")
        self._thread.start()
        self.addresses = started.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: "TracebackType | None"
    ) -> None:
        """Stop, and return once the running requests are finished."""
        if self._loop and self._stop and self._thread:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    async def _live(self, started: "Future[list[Address]]") -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with _opened(self.settings, self.listeners) as addresses:
                started.set_result(addresses)
                await self._stop.wait()
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)
