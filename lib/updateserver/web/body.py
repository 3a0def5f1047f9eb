"""Reading what a caller uploads: whole or not at all."""

import re
from typing import Any

from updateserver.base.refusal import Refusal
from updateserver.web.call import Environ

_CHUNK = 1 << 16
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)


def read_body(environ: Environ, limit: int, name: str = "") -> bytes:
    """Return the body of a PUT or POST, at most `limit` bytes; it may come without a content length.

    `name` is what a refusal counts for, see `Refusal`.
    """
    length = announced(environ, limit, name)
    if length is None:
        return _until_end(environ["wsgi.input"], limit, name)
    body = _until(environ["wsgi.input"], length)
    if len(body) < length:
        raise Refusal(400, f"only {len(body)} of {length} bytes arrived")
    return body


def announced(environ: Environ, limit: int, name: str = "") -> int | None:
    """Return how long a body will be, None where that is not said; refuse what its head says is not wanted."""
    if environ.get("REQUEST_METHOD") not in ("PUT", "POST"):
        # Devices use PUT; some web servers in between let only POST pass.
        raise Refusal(405, "an upload needs the method PUT or POST")
    text = environ.get("CONTENT_LENGTH") or ""
    # Devices often send in chunks, without a length.
    if not text:
        return None
    if not _LENGTH.fullmatch(text):
        raise Refusal(400, "the content length is not a number")
    if int(text) > limit:
        raise _too_large(limit, name)
    return int(text)


def _until(stream: Any, length: int) -> bytes:
    parts, left = [], length
    while left > 0 and (part := stream.read(min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _until_end(stream: Any, limit: int, name: str) -> bytes:
    # One byte more shows that it is longer, whatever more is coming.
    body = _until(stream, limit + 1)
    if len(body) > limit:
        raise _too_large(limit, name)
    return body


def _too_large(limit: int, name: str) -> Refusal:
    return Refusal(413, f"the upload is larger than {limit} bytes", name)
