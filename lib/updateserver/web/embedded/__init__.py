"""The embedded server: HTTP and HTTPS without a web server beside it.

    with EmbeddedServer(root) as server:           # in a thread of its own, on a free port
        urlopen(server.url + "update.php?...")

    serve(ServerSettings(root), [Listener("0.0.0.0", 8080)], on_started=print)      # until SIGTERM or SIGINT

Sockets belong to asyncio, so a silent or slow client costs a coroutine. The applications are plain WSGI: they run in a
pool of threads, and only once their request has arrived whole.
"""

from updateserver.web.embedded.server import EmbeddedServer, Listener, serve
from updateserver.web.embedded.settings import ServerSettings

__all__ = ["EmbeddedServer", "Listener", "ServerSettings", "serve"]
