"""How a web server runs an entry script: plain CGI, or FastCGI on standard input."""

import os
import socket
import stat
import sys
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.handlers import CGIHandler

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serve(application: Application) -> None:
    """Serve an application as the web server that started this process wants it: a socket as input means FastCGI."""
    if _is_fastcgi():
        from flup.server.fcgi_single import WSGIServer  # noqa: PLC0415 - plain CGI starts faster without it

        WSGIServer(application, debug=False).run()
        return
    CGIHandler().run(application)


def _is_fastcgi() -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(sys.stdin.fileno()).st_mode):
            return False
        with socket.socket(fileno=os.dup(sys.stdin.fileno())) as listener:
            return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except (OSError, ValueError):
        return False
