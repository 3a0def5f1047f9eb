"""How a web server runs an entry script: plain CGI, or FastCGI on standard input."""

import os
import socket
import stat
import sys
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.handlers import CGIHandler

from updateserver.base.io.log_file import write_log

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serve(application: Application) -> None:
    """Serve an application as the web server that started this process wants it: a socket as input means FastCGI."""
    write_log()
    if is_fastcgi():
        from updateserver.web.fastcgi import serve_fastcgi  # noqa: PLC0415 - plain CGI starts faster without it

        serve_fastcgi(application, parent=os.getppid())
        return
    CGIHandler().run(application)


def is_fastcgi() -> bool:
    """Tell whether standard input is a socket on which a web server's calls arrive."""
    try:
        if not stat.S_ISSOCK(os.fstat(sys.stdin.fileno()).st_mode):
            return False
        with socket.socket(fileno=os.dup(sys.stdin.fileno())) as listener:
            # FastCGI 1.0, 2.2: a listening socket. A connected one is an ordinary input, as inetd has it.
            return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except (AttributeError, OSError, ValueError):  # AttributeError: there is no standard input at all
        return False
