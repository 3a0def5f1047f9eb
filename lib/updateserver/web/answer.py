"""An answer of plain text, as devices expect it."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def answer(
    start_response: Callable[[str, list[tuple[str, str]]], Any],
    status: int,
    body: bytes,
    *,
    more: Iterable[tuple[str, str]] = (),
    is_head: bool = False,
) -> list[bytes]:
    """Begin a plain text answer and return its body."""
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        # A script is for this device at this moment: a proxy must not hand it to the next one.
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        *more,
    ]
    start_response(_STATUS[status], headers)
    return [] if is_head else [body]
