"""A server that answers what a test told it to: the other side of the virtual device."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

SCRIPT = "/update/update.php"


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    peer: str
    port: int  # of the peer: one for each connection
    certificate: dict[str, Any] | None  # of the client, as `ssl` tells it

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def arguments(self) -> dict[str, str]:
        return {
            name: values[-1] for name, values in parse_qs(urlsplit(self.target).query, keep_blank_values=True).items()
        }


class PatientServer(ThreadingHTTPServer):
    request_queue_size = 128  # a fleet knocks all at once; who is not let in at once would wait for a second


class ScriptedServer:
    """Sends each script once and the last one for ever; knows the files that were put; takes every upload."""

    def __init__(self, port: int, scheme: str) -> None:
        self.base = f"{scheme}://127.0.0.1:{port}"
        self.url = f"{self.base}{SCRIPT}?sn=#m&hwid=#h&type=#t&ip=#i"
        self.requests: list[Request] = []
        self.redirects: dict[str, str] = {}
        self._scripts: list[bytes] = [b""]
        self._files: dict[str, bytes] = {}
        self._upload_status = 200

    def sends(self, *scripts: str | bytes) -> None:
        """Send these scripts, one for each poll, in which SERVER is this server."""
        self._scripts = [self._bytes(script) for script in scripts]

    def has(self, path: str, content: bytes = b"firmware") -> None:
        self._files[path] = content

    def refuses_uploads(self, status: int) -> None:
        self._upload_status = status

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    @property
    def uploads(self) -> list[Request]:
        return [request for request in self.requests if request.method != "GET"]

    def answer(self, request: Request) -> tuple[int, bytes, str]:
        self.requests.append(request)
        if request.method != "GET":
            return self._upload_status, b"", ""
        if request.path in self.redirects:
            return 302, b"", self.redirects[request.path]
        if request.path in self._files:
            return 200, self._files[request.path], ""
        if request.path != SCRIPT:
            return 404, b"", ""
        return 200, self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0], ""

    def _bytes(self, script: str | bytes) -> bytes:
        if isinstance(script, bytes):
            return script
        return script.strip().replace("SERVER", self.base).replace("\n", "\r\n").encode()


@contextmanager
def serving(context: Any = None, *, keep_alive: bool = False) -> Iterator[ScriptedServer]:
    """Serve on a free loopback port, with TLS if a context is given."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if keep_alive else "HTTP/1.0"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self._chunks() if "Transfer-Encoding" in self.headers else self.rfile.read(length)
            certificate = self.connection.getpeercert() if context else None
            peer, port = self.client_address
            request = Request(self.command, self.path, dict(self.headers), body, peer, port, certificate)
            status, content, location = scripted.answer(request)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(content)

        do_PUT = do_POST = do_GET  # noqa: N815 -- as the base class wants them

        def _chunks(self) -> bytes:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 -- as the base class has it

    server = PatientServer(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scripted = ScriptedServer(server.server_port, "https" if context else "http")
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield scripted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
