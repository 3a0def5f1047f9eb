"""Fetching a small page by HTTP, with limits of time and size.

A module of its own because what it needs takes 25 ms to import, and a plain CGI poll seldom needs it.
"""

import http.client
import time
import urllib.error
import urllib.request

_LARGEST = 1 << 20  # bytes


def fetched(url: str, patience: float) -> bytes:
    """Return the page at a URL. Raises OSError, among them TimeoutError after about `patience` seconds."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=patience) as answer:
            return _whole(answer, patience)
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f"HTTP status {error.code}") from error
    except (ValueError, http.client.HTTPException) as error:
        raise OSError(str(error)) from error


def _whole(answer: http.client.HTTPResponse, patience: float) -> bytes:
    """Return an answer's body; it must arrive in time as a whole, not only each byte of it."""
    content, end = b"", time.monotonic() + patience
    while len(content) < _LARGEST and (part := answer.read1(_LARGEST)):
        content += part
        if time.monotonic() > end:
            raise TimeoutError("it drips")
    return content
