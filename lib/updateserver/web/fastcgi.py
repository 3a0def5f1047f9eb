"""FastCGI through flup: one process that answers one call after the other.

Calls arrive on the socket that is its standard input. Several such processes may share one; whoever started them starts
new ones in place of those that end: a web server (lighttpd's `max-procs`) or `updateserver.web.crew`.
"""

import logging
import os
from typing import Any

from flup.server.fcgi_base import Connection
from flup.server.fcgi_single import WSGIServer
from flup.server.singleserver import SingleServer

from updateserver.web.gateway import Application

_LOG = logging.getLogger("updateserver.fastcgi")
_INPUT = 0
_LOOK = 0.2  # seconds between two looks whether to stop


def serve_fastcgi(application: Application, *, parent: int) -> None:
    """Serve until SIGTERM, or until the process `parent` that started this one is gone; finish what is running."""
    # Several processes wake up for one call and one gets it: the others must not wait for the next one in accept(),
    # where they would be deaf to SIGTERM.
    os.set_blocking(_INPUT, False)
    _Server(application, parent).run()


class _Connection(Connection):  # type: ignore[misc]  # flup has no types
    """A connection with the web server; one that breaks ends no more than itself."""

    def run(self) -> None:
        try:
            super().run()
        except OSError as error:
            _LOG.warning("the web server broke off a connection: %s", error)


class _Server(WSGIServer):  # type: ignore[misc]  # flup has no types
    def __init__(self, application: Application, parent: int) -> None:
        self._web_server_addrs = None  # any: the socket's mode or address decides who may call
        super().__init__(application, debug=False)  # flup's debug pages show variables to everybody
        self._parent = parent
        self._jobClass = _Connection

    def run(self) -> None:
        """Serve, as flup does, but for how often it looks whether to stop."""
        listener = self._setupSocket()
        SingleServer.run(self, listener, _LOOK)
        listener.close()

    def _mainloopPeriodic(self) -> None:  # noqa: N802 - flup calls this after each look
        # Left alone, nobody would replace or stop this process, and it would hold the socket of its successors.
        if os.getppid() != self._parent:
            _LOG.warning("who started this process is gone: it ends")
            self._exit()

    def error(self, request: Any) -> None:
        """Answer a call whose application failed; the traceback is in the web server's log."""
        head = b"Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\n"
        request.stdout.write(head + b"# internal error, see the server's log\r\n")
