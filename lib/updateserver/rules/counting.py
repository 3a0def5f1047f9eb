"""Counting very many things in little memory: how many of each there were at most, never too few.

A table has rows of counters, and each key has one counter in each row, chosen by a salted hash. A key's count is the
smallest of its counters: others may share some of them, hardly ever all. So nobody can make room by bringing many keys,
and without the salt nobody can choose keys that are counted as another's.
"""

import hashlib
from collections.abc import Sequence

ROWS = 4
WIDTH = 1 << 16  # counters in a row


def cells(key: str, salt: bytes) -> tuple[int, ...]:
    """Return the places of a key's counters in the table, one for each row."""
    digest = hashlib.blake2b(key.encode("utf-8", "surrogateescape"), key=salt, digest_size=4 * ROWS).digest()
    return tuple(row * WIDTH + int.from_bytes(digest[4 * row : 4 * row + 4], "big") % WIDTH for row in range(ROWS))


def raised(counters: Sequence[int]) -> list[int]:
    """Return a key's counters after one more: only those that do not count others', too, need to grow."""
    more = min(counters) + 1
    return [max(counter, more) for counter in counters]
