"""The room for uploads that are arriving, so that slow ones hold neither the memory nor the whole disk.

All together may take so many bytes, those of one address half of that. How many arrive at a time is left to the limits
of connections: whoever sends a byte now and then must not hold up the honest devices behind the same address.
"""

import contextlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from typing import IO

_IN_MEMORY = 64 * 1024  # bytes; a larger upload goes into a temporary file without a name


class NoRoom(Exception):
    """Too much is arriving at this moment: the upload can be sent again later."""


class Spool:
    """Room for `room` bytes; used by one event loop."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._used: Counter[str] = Counter()  # bytes, by address

    @contextlib.contextmanager
    def upload(self, address: str) -> "Iterator[UploadFile]":
        """Have a file to write to until the end of the block."""
        upload = UploadFile(self, address)
        try:
            yield upload
        finally:
            upload.file.close()
            self._used[address] -= upload.size
            if not self._used[address]:
                del self._used[address]

    def take(self, address: str, size: int) -> None:
        """Note that so many bytes more have arrived. Raises NoRoom."""
        if self._used.total() + size > self._room or self._used[address] + size > self._room // 2:
            raise NoRoom
        self._used[address] += size


class UploadFile:
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
