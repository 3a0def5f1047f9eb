"""What the embedded server writes to the log: one line per request, and no traceback for a client's garbage."""

import errno
import logging
import time
from typing import TYPE_CHECKING

from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    import asyncio
    from typing import Any

    from aiohttp import web

access = logging.getLogger("updateserver.access")
protocol = logging.getLogger("updateserver.http")

_UNREADABLE = "UNKNOWN"  # the method that the library gives to what it could not parse
_LONGEST = 1000  # characters of a URL
SHORTAGE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class AccessLine(AbstractAccessLogger):
    """Write peer, method, URL, status, bytes and milliseconds of each request at level INFO."""

    def log(self, request: "web.BaseRequest", response: "web.StreamResponse", time: float) -> None:
        """Write one line; nothing that a client sent can make it two."""
        if request.method == _UNREADABLE:
            protocol.info("bad request of %s: it is no HTTP", request.remote)
            return
        url = request.raw_path[:_LONGEST].encode("ascii", "backslashreplace").decode("ascii")
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
        record.msg, record.args = "bad request: %.200r", (error.message,)
        record.exc_info, record.levelno, record.levelname = None, logging.INFO, "INFO"
    return True


class RateLimited(logging.Filter):
    """Lets a message through so often a minute only, whatever its values; the next one tells how many were left out."""

    OFTEN = 30
    MINUTE = 60.0  # seconds

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, tuple[float, int]] = {}  # since when, how often, by message without its values

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether to write it."""
        kind, now = str(record.msg), time.monotonic()
        since, count = self._seen.get(kind, (now, 0))
        if now - since >= self.MINUTE:
            if count > self.OFTEN:
                record.msg = f"{kind} (and {count - self.OFTEN} more like it in the last {now - since:.0f} s)"
            since, count = now, 0
        self._seen[kind] = since, count + 1
        return count < self.OFTEN


protocol.addFilter(_in_one_line)
protocol.addFilter(RateLimited())


def tell_trouble(loop: "asyncio.AbstractEventLoop", context: "dict[str, Any]") -> None:
    """Write what asyncio complains about: in one line, where the system is short of something, in full else."""
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in SHORTAGE:
        protocol.error("no connection can be accepted for now: %s (raise the limit of open files)", error.strerror)
    else:
        loop.default_exception_handler(context)
