"""Read the body of a request whole, within limits of size and patience."""

import asyncio
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, http_exceptions, web

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter

PATIENCE = 60.0  # seconds without progress
SLOWEST = 1000  # bytes per second that count as progress: one byte now and then does not


async def read_body(request: web.BaseRequest, limit: int) -> bytes:
    """Return the whole body, of at most `limit` bytes.

    Raises the HTTP answer (400, 408, 413) that a client deserves which sent something else.
    """
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    await _continue(request)
    try:
        return await _read(request, limit)
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="request body too slow\n") from None
    except (web.RequestPayloadError, http_exceptions.HttpProcessingError):
        raise web.HTTPBadRequest(text="request body malformed\n") from None
    except ConnectionError:  # nobody is left to read this, but the log should show it
        raise web.HTTPBadRequest(text="request body incomplete\n") from None


async def _read(request: web.BaseRequest, limit: int) -> bytes:
    clock = asyncio.get_running_loop().time
    start = clock()
    body = bytearray()
    async with asyncio.timeout(PATIENCE) as patience:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > limit:
                raise _too_large(limit)
            patience.reschedule(min(clock() + PATIENCE, start + PATIENCE + len(body) / SLOWEST))
    return bytes(body)


async def _continue(request: web.BaseRequest) -> None:
    expected = request.headers.get("Expect", "").lower()
    if expected == "100-continue" and request.version >= HttpVersion11:
        writer: AbstractStreamWriter = request.writer
        await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.output_size = 0


def _too_large(limit: int) -> web.HTTPException:
    return web.HTTPRequestEntityTooLarge(limit, text=f"request body longer than {limit} bytes\n")
