"""Receive the body of a request whole, within limits of size, time and room."""

import asyncio
import logging
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, http_exceptions, web

from updateserver.web.embedded.spool import NoRoom, UploadFile

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter

_LOG = logging.getLogger("updateserver.http")

IDLE_TIMEOUT = 60.0  # seconds without progress
SLOWEST = 1000  # bytes per second that count as progress: one byte now and then does not


async def receive(request: web.BaseRequest, upload: UploadFile, limit: int) -> None:
    """Write the body to a file; where it is longer than `limit` bytes, only so much that this shows.

    Raises the HTTP answer (400, 408, 503) that a client deserves which sent something else, or came at a bad moment.
    """
    await _continue(request)
    try:
        await _received(request, upload, limit)
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="request body too slow\n") from None
    except (web.RequestPayloadError, http_exceptions.HttpProcessingError):
        raise web.HTTPBadRequest(text="request body malformed\n") from None
    except ConnectionError:  # nobody is left to read this, but the log should show it
        raise web.HTTPBadRequest(text="request body incomplete\n") from None
    except NoRoom:
        raise _busy() from None
    except OSError as error:
        _LOG.error("no upload can be received: %s", error)
        raise _busy() from None


def _busy() -> web.HTTPException:
    """Return the answer to an upload that finds no room."""
    return web.HTTPServiceUnavailable(text="too many uploads at this moment, try again later\n")


def too_large(limit: int) -> web.HTTPException:
    """Return the answer to an upload that no application would take."""
    return web.HTTPRequestEntityTooLarge(limit, text=f"request body longer than {limit} bytes\n")


async def _received(request: web.BaseRequest, upload: UploadFile, limit: int) -> None:
    clock = asyncio.get_running_loop().time
    start = clock()
    async with asyncio.timeout(IDLE_TIMEOUT) as timeout:
        async for chunk in request.content.iter_any():
            upload.write(chunk[: limit + 1 - upload.size])
            if upload.size > limit:
                return
            timeout.reschedule(min(clock() + IDLE_TIMEOUT, start + IDLE_TIMEOUT + upload.size / SLOWEST))


async def _continue(request: web.BaseRequest) -> None:
    expected = request.headers.get("Expect", "").lower()
    # RFC 9110, 10.1.1: not for HTTP/1.0, which does not know it.
    if expected == "100-continue" and request.version >= HttpVersion11:
        writer: AbstractStreamWriter = request.writer
        await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.output_size = 0
