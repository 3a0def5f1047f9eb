"""What the embedded server writes to the log: one line per request, and no traceback for a client's garbage."""

import errno
import logging
from typing import TYPE_CHECKING

from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    import asyncio
    from typing import Any

    from aiohttp import web

access = logging.getLogger("updateserver.access")
protocol = logging.getLogger("updateserver.http")

SHORTAGE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class AccessLine(AbstractAccessLogger):
    """Write peer, method, URL, status, bytes and milliseconds of each request at level INFO."""

    def log(self, request: "web.BaseRequest", response: "web.StreamResponse", time: float) -> None:
        """Write one line; nothing that a client sent can make it two."""
        url = request.raw_path.encode("ascii", "backslashreplace").decode("ascii")
        length, milliseconds = response.body_length, time * 1000
        self.logger.info(
            "%s %s %s %d %d %.0fms", request.remote, request.method, url, response.status, length, milliseconds
        )

    @property
    def enabled(self) -> bool:
        """Spare the clock where nobody reads the lines."""
        return self.logger.isEnabledFor(logging.INFO)


def _in_one_line(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg, record.args = "bad request: %r", (error.message,)
        record.exc_info, record.levelno, record.levelname = None, logging.INFO, "INFO"
    return True


protocol.addFilter(_in_one_line)


def tell_trouble(loop: "asyncio.AbstractEventLoop", context: "dict[str, Any]") -> None:
    """Write what asyncio complains about: in one line, where the system is short of something, in full else."""
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in SHORTAGE:
        protocol.error("no connection can be accepted for now: %s (raise the limit of open files)", error.strerror)
    else:
        loop.default_exception_handler(context)
