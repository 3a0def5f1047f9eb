"""Waiting for what happens in another process."""

import time
from collections.abc import Callable

LONG = 120.0  # seconds; only a test that fails waits so long


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Return once it happened; fail if it does not."""
    deadline = time.monotonic() + LONG
    while not happened():
        assert time.monotonic() < deadline, f"waited {LONG:.0f} s for: {what}"
        time.sleep(0.02)
