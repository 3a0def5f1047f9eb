"""Reading what a caller uploads: whole or not at all."""

import re
from typing import Any

from updateserver.model.refusal import Refusal
from updateserver.web.call import Environ

_CHUNK = 1 << 16
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)


def read_body(environ: Environ, limit: int) -> bytes:
    """Return the body of a PUT or POST, at most `limit` bytes; it may come without a content length."""
    if environ.get("REQUEST_METHOD") not in ("PUT", "POST"):
        raise Refusal(405, "an upload needs the method PUT or POST")
    text = environ.get("CONTENT_LENGTH") or ""
    if not text:
        return _until_end(environ["wsgi.input"], limit)
    if not _LENGTH.fullmatch(text):
        raise Refusal(400, "the content length is not a number")
    length = int(text)
    if length > limit:
        raise _too_large(limit)
    body = _until(environ["wsgi.input"], length)
    if len(body) < length:
        raise Refusal(400, f"only {len(body)} of {length} bytes arrived")
    return body


def _until(stream: Any, length: int) -> bytes:
    parts, left = [], length
    while left > 0 and (part := stream.read(min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _until_end(stream: Any, limit: int) -> bytes:
    body = _until(stream, limit + 1)
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"the upload is larger than {limit} bytes")
