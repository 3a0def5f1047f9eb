"""The reference device: the one whose firmware all others are to have.

It serves `/CMD0/box_info.xml` and nothing else, well or badly.
"""

from base64 import b64encode
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Literal, Self
from xml.sax.saxutils import quoteattr

Mood = Literal["well", "hang", "drip", "garbage", "error", "down"]

_BETWEEN_DRIPS = 0.05  # seconds

VERSION = "13r1 dvl IP811[13.A127], Bootcode[113454], Hardware[300] "


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # many may ask at the same moment


class VirtualReference:
    """A reference device as a context manager; `mood` may be changed while it runs.

    `hang` accepts the connection and never answers, `drip` sends a byte now and then and never ends, `garbage` answers
    with something that is not XML, `error` with status 500, `down` closes the connection without an answer. With `user`
    it wants basic authentication.
    """

    def __init__(self, version: str = VERSION, mood: Mood = "well", user: str = "", password: str = "") -> None:
        self.version = version
        self.mood: Mood = mood
        self._askers: list[str] = []
        self._authorization = f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}" if user else ""
        self._stopping = Event()
        self._server = _HttpServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        """The URL for `master/@info`."""
        return f"http://127.0.0.1:{self._server.server_port}/CMD0/box_info.xml"

    @property
    def asked(self) -> int:
        """How many calls there were, answered or not."""
        return len(self._askers)

    @property
    def xml(self) -> str:
        """What it answers when it is well."""
        return f'<info><sys version={quoteattr(self.version)} name="reference"/></info>'

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        device = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                device._answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as the base class has it
                """Stay silent."""

        return Handler

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        self._askers.append(request.client_address[0])
        request.close_connection = True
        if self.mood == "hang":
            self._stopping.wait()
        if self.mood == "drip":
            self._drip(request)
        if self.mood in ("hang", "drip", "down"):
            return
        if self._authorization and request.headers.get("Authorization") != self._authorization:
            self._send(request, 401, b"")
        elif request.path.partition("?")[0] != "/CMD0/box_info.xml":
            self._send(request, 404, b"")
        elif self.mood == "error":
            self._send(request, 500, b"")
        else:
            self._send(request, 200, b"<<not XML" if self.mood == "garbage" else self.xml.encode())

    def _drip(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        with suppress(OSError):  # whoever asked has had enough
            while not self._stopping.wait(_BETWEEN_DRIPS):
                request.wfile.write(b"<")

    def _send(self, request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        request.send_response(status)
        if status == 401:  # noqa: PLR2004 -- RFC 9110
            request.send_header("WWW-Authenticate", 'Basic realm="reference"')
        request.send_header("Content-Type", "text/xml")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
