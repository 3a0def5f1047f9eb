"""Waiting for others, but not for long."""

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_NAME = "waiting for others"
_MOST = 50  # threads that wait


def within(seconds: float, ask: Callable[[], Result]) -> Result:
    """Return what `ask` returns or raise what it raises; TimeoutError if that takes longer than `seconds`.

    Name resolution has no time limit of its own, so `ask` runs in a thread that is left behind when it hangs. Those
    threads do not become more and more: with too many of them waiting, it is a TimeoutError at once.
    """
    if sum(thread.name == _NAME for thread in threading.enumerate()) >= _MOST:
        raise TimeoutError(f"{_MOST} earlier questions are still without an answer")
    outcome: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(ask())
        except BaseException as error:  # noqa: BLE001 - raised again by the one who waits
            errors.append(error)

    thread = threading.Thread(target=run, name=_NAME, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not outcome:
        raise TimeoutError(f"no answer within {seconds:g} s")
    return outcome[0]
