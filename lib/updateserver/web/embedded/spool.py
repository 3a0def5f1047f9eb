"""The room for uploads that are arriving, so that slow ones hold neither the memory nor the whole disk.

All together may take so many bytes, those of one address half of that. Of one address so many arrive at a time; others
wait their turn, unread.
"""

import asyncio
import contextlib
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from typing import IO

AT_ONCE = 64  # uploads of one address that arrive at the same moment
_IN_MEMORY = 64 * 1024  # bytes; a larger upload goes into a temporary file without a name


class NoRoom(Exception):
    """Too much is arriving at this moment: the upload can be sent again later."""


class Spool:
    """Room for `room` bytes; used by one event loop."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._used: Counter[str] = Counter()  # bytes, by address
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    @contextlib.asynccontextmanager
    async def place(self, address: str, patience: float) -> "AsyncIterator[Place]":
        """Wait for a turn, then have a place to write to until the end of the block.

        Raises TimeoutError if no turn comes within `patience` seconds.
        """
        turns = self._turns.setdefault(address, asyncio.Semaphore(AT_ONCE))
        self._users[address] += 1
        try:
            await asyncio.wait_for(turns.acquire(), patience)
            place = Place(self, address)
            try:
                yield place
            finally:
                place.file.close()
                turns.release()
                self._used[address] -= place.size
        finally:
            self._users[address] -= 1
            if not self._users[address]:
                del self._users[address], self._turns[address], self._used[address]

    def take(self, address: str, size: int) -> None:
        """Note that so many bytes more have arrived. Raises NoRoom."""
        if self._used.total() + size > self._room or self._used[address] + size > self._room // 2:
            raise NoRoom
        self._used[address] += size


class Place:
    """Where one upload is kept."""

    def __init__(self, spool: Spool, address: str) -> None:
        self._spool = spool
        self._address = address
        self.size = 0  # bytes
        self.file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by the spool

    def write(self, chunk: bytes) -> None:
        """Keep what has arrived. Raises NoRoom, or OSError of a full disk."""
        self._spool.take(self._address, len(chunk))
        self.size += len(chunk)
        self.file.write(chunk)
