"""The web server's side of FastCGI: calls with any variables, over flup's client."""

import io
import socket
from collections.abc import Mapping
from typing import Any

from flup.client.fcgi_app import FCGIApp

from tests.site import Answer


class _Client(FCGIApp):
    """flup's client, whose own way to connect stops at a name that Python 3 does not have any more."""

    def __init__(self, address: str | tuple[str, int]) -> None:
        super().__init__(connect=address, filterEnviron=False)

    def _getConnection(self) -> socket.socket:  # noqa: N802 - flup's name
        connection = socket.socket(socket.AF_UNIX if isinstance(self._connect, str) else socket.AF_INET)
        connection.settimeout(60)
        connection.connect(self._connect)
        return connection


def call(address: str | tuple[str, int], environ: Mapping[str, str], body: bytes = b"") -> Answer:
    """Call a FastCGI program as a web server does, with these variables."""
    started: list[Any] = []
    streams = {"wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO()}
    encoded = {name: value.encode().decode("latin-1") for name, value in environ.items()}
    parts = _Client(address)({**encoded, **streams}, lambda *given: started.extend(given))
    status, headers = started
    told = {name.decode(): value.decode() for name, value in headers}
    return Answer(int(status.split()[0]), told, b"".join(parts))
