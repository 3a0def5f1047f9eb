"""Request lines as devices may write them: with blanks and with bytes that are not ASCII in their URL.

Other web servers take them, the parser of HTTP here does not. So they are encoded before it sees them, and the bytes
put back after that; blanks stay encoded. Nothing else of a request is touched.
"""

import re
from collections.abc import Callable
from typing import Any

from aiohttp import web

_LINE = re.compile(
    rb"(?:\r?\n)*([A-Z]{3,7}) ((?:[Hh][Tt][Tt][Pp][Ss]?:/)?/[^\r\n\x00-\x1f\x7f]*) (HTTP/1\.[01])(?=\r?\n)"
)
_ODD = re.compile(rb"[ \x80-\xff]")
_LONGEST = 8190  # bytes, as the parser allows


class TolerantServer(web.Server):
    """An aiohttp server whose connections take such request lines; `lost` is told when one ends."""

    def __init__(self, *arguments: Any, lost: Callable[[web.RequestHandler], None], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._lost = lost

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Note that a connection has ended."""
        super().connection_lost(handler, exc)
        self._lost(handler)

    def __call__(self) -> web.RequestHandler:
        """Return what serves the next connection."""
        handler = super().__call__()
        handler._parser = _RequestParser(handler._parser)  # type: ignore[assignment]  # noqa: SLF001 - no public way
        return handler


class _RequestParser:
    """Passes bytes on to the parser; where a request begins, not before its line is whole."""

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self._line = b""  # the part of a request line that has arrived
        self._within = False  # a request's head or body goes on
        self._body: Any = None
        self._path: str | None = None  # as it was sent, if the parser was given another one

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes, *more: Any) -> Any:
        """Take the next bytes of a connection."""
        if self._body is not None and self._body.is_eof():
            self._within, self._body = False, None
        if not self._within and data:
            data = self._line + data
            # RFC 9112, 2.2: empty lines before a request line are to be ignored.
            if b"\n" not in data.lstrip(b"\r\n") and len(data) <= _LONGEST:
                self._line = data
                return (), False, b""
            data, self._path = _encoded(data)
            self._line, self._within = b"", True
        messages, upgraded, tail = self._parser.feed_data(data, *more)
        if messages:
            self._body = messages[-1][1]
        if messages and self._path is not None:
            (first, body), *others = messages
            messages, self._path = [(first._replace(path=self._path), body), *others], None
        return messages, upgraded, tail


def _encoded(data: bytes) -> tuple[bytes, str | None]:
    """Return what the parser takes, and the path that it is to tell, if it is another one."""
    line = _LINE.match(data)
    if line is None or not _ODD.search(line[2]):
        return data, None
    url = _ODD.sub(lambda byte: b"%%%02X" % byte[0][0], line[2])
    path = line[2].replace(b" ", b"%20").decode("utf-8", "surrogateescape")
    return b"%s %s %s%s" % (line[1], url, line[3], data[line.end() :]), path
