"""FastCGI through flup: one process that answers one call after the other.

Calls arrive on the socket that is its standard input. Several such processes may share one; whoever started them starts
new ones in place of those that end: a web server (lighttpd's `max-procs`) or `updateserver.web.processes`.
"""

import faulthandler
import logging
import os
from socket import socket
from typing import Any

from flup.server import fcgi_base
from flup.server.fcgi_base import Connection
from flup.server.fcgi_single import WSGIServer
from flup.server.singleserver import SingleServer

from updateserver.web.gateway import Application

_LOG = logging.getLogger("updateserver.fastcgi")
_INPUT = 0
_AT_ONCE = 1 << 16  # bytes
_LAST = 20.0  # seconds after SIGTERM until the process ends, whatever its call is waiting for
_LOOK = 0.2  # seconds between two looks whether to stop


def serve_fastcgi(application: Application, *, parent: int) -> None:
    """Serve until SIGTERM, or until the process `parent` that started this one is gone; finish what is running."""
    # Several processes wake up for one call and one gets it: the others must not wait for the next one in accept(),
    # where they would be deaf to SIGTERM.
    os.set_blocking(_INPUT, False)
    _FastCgiServer(application, parent).run()


class _Stream:
    """A connection's socket as flup's records use it: what has arrived is fetched at once, what is sent is gathered."""

    def __init__(self, sock: socket) -> None:
        self._sock = sock
        self.fileno = sock.fileno
        self._arrived, self._place = b"", 0
        self._gathered: list[bytes] = []
        self._size = 0

    @property
    def has_more(self) -> bool:
        """Whether something has arrived that was not read yet."""
        return self._place < len(self._arrived)

    def recv(self, size: int) -> bytes:
        """Return up to so many bytes, b"" at the end; waits until there are some."""
        if not self.has_more:
            self._arrived, self._place = self._sock.recv(_AT_ONCE), 0
        found = self._arrived[self._place : self._place + size]
        self._place += len(found)
        return found

    def send(self, data: bytes) -> int:
        """Gather what is to be sent."""
        self._gathered.append(data)
        self._size += len(data)
        if self._size >= _AT_ONCE:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Send what was gathered: each piece of its own would wake up the web server."""
        data = b"".join(self._gathered)
        self._gathered.clear()
        self._size = 0
        self._sock.sendall(data)


class _Variables(dict[str, str]):
    """The variables of a call.

    Lighttpd gives `X-Forwarded-For` and `X_Forwarded_For` the same name, one after the other: which of them a proxy
    wrote is not known then, so none of them is told.
    """

    def __setitem__(self, name: str, value: str) -> None:
        is_twice = name in self and "FORWARDED" in name
        super().__setitem__(name, "not certain" if is_twice else value)


class _Connection(Connection):  # type: ignore[misc]  # flup has no types
    """A connection with the web server; one that breaks ends no more than itself."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._stream = _Stream(self._sock)
        self._has_all = False  # the web server has nothing more to say

    def run(self) -> None:
        try:
            super().run()
        except OSError as error:
            _LOG.warning("the web server broke off a connection: %s", error)

    def process_input(self) -> None:
        """Read a record and do what it says."""
        record = self._read()
        match record.type:
            case fcgi_base.FCGI_BEGIN_REQUEST:
                self._do_begin_request(record)
                if request := self._requests.get(record.requestId):
                    request.params = _Variables()
            case fcgi_base.FCGI_PARAMS:
                self._do_params(record)
            case fcgi_base.FCGI_STDIN:
                self._do_stdin(record)
            case fcgi_base.FCGI_ABORT_REQUEST:
                self._do_abort_request(record)
            case fcgi_base.FCGI_DATA:
                self._do_data(record)
            case fcgi_base.FCGI_GET_VALUES:
                self._do_get_values(record)
                self._stream.flush()
            case _ if record.requestId == fcgi_base.FCGI_NULL_REQUEST_ID:
                self._do_unknown_type(record)
                self._stream.flush()

    def _read(self) -> Any:
        record = fcgi_base.Record()
        record.read(self._stream)
        # FastCGI 1.0, 3.3: an empty record of a stream is its end.
        self._has_all = record.type == fcgi_base.FCGI_STDIN and not record.contentLength
        return record

    def writeRecord(self, rec: Any) -> None:  # noqa: N802 - flup calls this
        """Send a record, with those that follow it until the answer is whole."""
        rec.write(self._stream)
        if rec.type == fcgi_base.FCGI_END_REQUEST:
            self._stream.flush()

    def _cleanupSocket(self) -> None:  # noqa: N802 - flup calls this at the end
        # Closing a socket with unread data sends RST, and the web server would lose the answer (RFC 1122, 4.2.2.13).
        while self._stream.has_more and not self._has_all:
            self._read()
        if self._has_all:
            self._sock.close()
        else:  # to close now would throw away the answer, too: flup waits for the web server to do so
            super()._cleanupSocket()


class _FastCgiServer(WSGIServer):  # type: ignore[misc]  # flup has no types
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

    def _intHandler(self, signum: int, frame: Any) -> None:  # noqa: N802 - flup calls this at SIGTERM
        super()._intHandler(signum, frame)
        faulthandler.dump_traceback_later(_LAST, exit=True)

    def _mainloopPeriodic(self) -> None:  # noqa: N802 - flup calls this after each look
        # Left alone, nobody would replace or stop this process, and it would hold the socket of its successors.
        if os.getppid() != self._parent:
            _LOG.warning("who started this process is gone: it ends")
            self._exit()

    def error(self, request: Any) -> None:
        """Answer a call whose application failed; the traceback is in the web server's log."""
        head = b"Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\n"
        request.stdout.write(head + b"# internal error, see the server's log\r\n")
