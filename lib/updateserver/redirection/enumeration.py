"""Who has asked for so many unknown serial numbers that it rather looks for the known ones.

A site behind one address may have many devices that nobody entered, and those that somebody did enter must get through:
so the limit is high, each number counts once, and an answer is only ever put off, never refused for good. Who searches
from many addresses is slowed sooner, once many of them look around in the same range of numbers.
"""

from typing import NamedTuple

from updateserver.base.times import HOUR

WINDOW = HOUR  # seconds
FEW = 8  # unknown numbers from one address that nobody looks at
_MANY_SEARCHERS = 16  # addresses that ask for more than a few unknown numbers of the same range
_RANGE = 11  # characters of a serial number that name its range: 65,536 numbers


class Searched(NamedTuple):
    """What was asked within the last hour."""

    numbers: int  # different unknown serial numbers, from the address that calls
    searchers: int  # addresses that asked for more than a few unknown ones in the range of the number called for


def range_of(mac: str) -> str:
    """Return the range that a serial number lies in: 00-90-33-30."""
    return mac[:_RANGE]


def is_slowed(searched: Searched, limit: int) -> bool:
    """Tell whether a call has to wait; `limit` is for the numbers of one address, 0 for none."""
    # Somebody who unpacks some devices, or mistypes a number, never notices any of this.
    if not limit or searched.numbers < FEW:
        return False
    return searched.numbers >= limit or searched.searchers >= _MANY_SEARCHERS
