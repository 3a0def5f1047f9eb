"""Counting very many things in little memory, and what was refused for the same reason: how often, and for whom.

A table has rows of counters, and each key has one counter in each row, chosen by a salted hash. A key's count is the
smallest of its counters, so never too small: others may share some of them, hardly ever all. Nobody can make room by
bringing many keys, and without the salt nobody can choose keys that are counted as another's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from updateserver.base.times import DAY

ROWS = 4
WIDTH = 1 << 16  # counters in a row


def cells(key: str, salt: bytes) -> tuple[int, ...]:
    """Return the places of a key's counters in the table, one for each row."""
    # One digest for all rows: four bytes of it choose the place in each.
    digest = hashlib.blake2b(key.encode("utf-8", "surrogateescape"), key=salt, digest_size=4 * ROWS).digest()
    return tuple(row * WIDTH + int.from_bytes(digest[4 * row : 4 * row + 4], "big") % WIDTH for row in range(ROWS))


def raised(counters: Sequence[int]) -> list[int]:
    """Return a key's counters after one more: only those that do not count others', too, need to grow."""
    more = min(counters) + 1
    return [max(counter, more) for counter in counters]


PAUSE = 60  # seconds between two log lines about the same reason
_MANY = 8  # addresses that are told


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something was refused for one reason; times are Unix seconds."""

    since: int
    last: int
    told: int = 0  # when it was last written to the log
    total: int = 0
    addresses: Mapping[str, int] = field(default_factory=dict)  # those that came first, of very many

    def is_current(self, now: int) -> bool:
        """Tell whether that was during the last day; what is dated in the future is not."""
        return 0 <= now - self.last < DAY

    @property
    def senders(self) -> str:
        """Name the addresses and how often each was refused, the most frequent first: `192.0.2.7 (1204)`."""
        most = sorted(self.addresses.items(), key=lambda entry: (-entry[1], entry[0]))
        others = ["..."] if sum(self.addresses.values()) < self.total else []
        return ", ".join([f"{address} ({count})" for address, count in most] + others)


def one_more(tally: Tally | None, address: str, now: int) -> Tally:
    """Return the tally after one more; it begins anew once a day."""
    if tally is None or not 0 <= now - tally.since < DAY or now < tally.last:
        tally = Tally(now, now)
    addresses = dict(tally.addresses)
    if address in addresses or len(addresses) < _MANY:
        addresses[address] = addresses.get(address, 0) + 1
    is_told = not 0 <= now - tally.told < PAUSE
    return Tally(tally.since, now, now if is_told else tally.told, tally.total + 1, addresses)
