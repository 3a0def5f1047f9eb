"""How much room the states and backups take: measured once an hour, and what is new is added meanwhile."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from updateserver.base.io.files import only_writer, read, replace

_BLOCK = 4096  # bytes: what a small file takes
_LARGEST = 1 << 62


class Room:
    """The file `room.json` in the folder `cache`; `locks` is the folder for lock files."""

    def __init__(self, cache: Path, locks: Path) -> None:
        self._path = cache / "room.json"
        self._locks = locks

    def used(self) -> Mapping[str, int]:
        """Return the bytes that are known to be used, by the tag whose folder it is: `status` or `backup`."""
        try:
            plain = json.loads(read(self._path) or b"{}")
        except (ValueError, RecursionError):
            return {}
        pairs = plain.items() if isinstance(plain, dict) else ()
        return {name: size for name, size in pairs if type(size) is int and 0 <= size < _LARGEST}

    def take(self, tag: str, size: int, most: int) -> bool:
        """Count a new file; False, and nothing is counted, where all together would take more than `most` bytes.

        `most` of 0 or less means no limit. Raises OSError.
        """
        if most <= 0:
            return True
        with only_writer(self._locks, "counts room"):
            used = dict(self.used())
            total = used.get(tag, 0) + in_blocks(size)
            if total > most:
                return False
            self._write(used | {tag: total})
        return True

    def keep(self, tag: str, total: int) -> None:
        """Keep how much room was measured. Raises OSError."""
        with only_writer(self._locks, "counts room"):
            self._write({**self.used(), tag: total})

    def _write(self, used: Mapping[str, int]) -> None:
        replace(self._path, json.dumps(used).encode())


def measured(folder: Path) -> int:
    """Return how many bytes the files in a folder and those below it take."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                # Of a link only itself: what it leads to may be anywhere, and twice.
                total += in_blocks(os.lstat(f"{path}/{name}").st_size)
            except OSError:  # removed meanwhile
                continue
    return total


def in_blocks(size: int) -> int:
    """Return how many bytes a file of this size takes."""
    return -(-size // _BLOCK) * _BLOCK


def free(folder: Path) -> int:
    """Return how many bytes are free on the disk of a folder, or of the one that it will be made in."""
    while not folder.exists():
        folder = folder.parent
    status = os.statvfs(folder)
    # f_bavail, not f_bfree: what is reserved for root does not help a server that is not root's.
    return status.f_bavail * status.f_frsize
