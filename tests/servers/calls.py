"""The web server's side of FastCGI: calls with any variables, over flup's client."""

import io
import socket
import sys
from collections.abc import Mapping
from typing import Any

from flup.client import fcgi_app
from flup.client.fcgi_app import FCGIApp

from tests.site import Answer

fcgi_app.sys = sys  # flup uses it without importing it

Address = str | tuple[str, int]


class _Client(FCGIApp):
    """flup's client, whose own way to connect stops at a name that Python 3 does not have any more."""

    def _getConnection(self) -> socket.socket:  # noqa: N802 - flup's name
        return self._connect


def call(address: Address, environ: Mapping[str, str], body: bytes = b"") -> Answer:
    """Call a FastCGI program as a web server does, with these variables."""
    started: list[Any] = []
    streams = {"wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO()}
    encoded = {name: value.encode().decode("latin-1") for name, value in environ.items()}
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as connection:
        connection.settimeout(60)
        connection.connect(address)
        client = _Client(connect=connection, filterEnviron=False)
        parts = client({**encoded, **streams}, lambda *given: started.extend(given))
    status, headers = started
    told = {name.decode(): value.decode() for name, value in headers}
    return Answer(int(status.split()[0]), told, b"".join(parts))
