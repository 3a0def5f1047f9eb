"""How long somebody has to wait after wrong passwords.

Each address (of IPv6: each /64) for itself, so that an attacker does not keep the admin out; and all together, so that
many addresses don't help an attacker. An address from which somebody logged in before is exempt from the latter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WINDOW = 900  # seconds that a wrong password counts
_FREE = 5  # wrong passwords without any waiting, for one address
_FREE_IN_TOTAL = 60  # and for all together
_LONGEST = 300  # seconds


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try to log in that has not succeeded."""

    time: int  # Unix seconds
    address: str  # as `limit_key` writes it


def seconds_to_wait(attempts: Sequence[Attempt], address: str, now: int, *, is_known: bool) -> int:
    """Return how many seconds this address has to wait until its next try, 0 if it may try now."""
    # What is dated in the future was noted before the clock was set back.
    counted = [attempt for attempt in attempts if 0 <= now - attempt.time < WINDOW]
    own = [attempt for attempt in counted if attempt.address == address]
    waits = [_wait(own, _FREE, now)]
    if not is_known:
        waits.append(_wait(counted, _FREE_IN_TOTAL, now))
    return max(waits)


def _wait(attempts: Sequence[Attempt], free: int, now: int) -> int:
    if len(attempts) < free:
        return 0
    pause = min(1 << min(len(attempts) - free + 1, 16), _LONGEST)
    return max(0, max(attempt.time for attempt in attempts) + pause - now)
