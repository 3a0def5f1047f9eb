"""How often something came in this hour, for any number of keys: a file of fixed size below cache/ for each kind.

For limits such as "new devices of an address" or "backups of a device in an hour":

    counts = HourCounts(site.root / "cache", "new-states", site.locks)
    if not counts.admit(limit_key(call.address), now, config.status.newperhour):
        ...  # refuse, and tell it: poll/io/refusals.py

Each kind has a file of its own, so a flood of one kind never counts for another. To ask costs some system calls under a
lock: ask where something new is about to be written, not at every poll.
"""

import os
import secrets
import struct
from pathlib import Path

from updateserver.base.counting import ROWS, WIDTH, cells, raised
from updateserver.base.io.files import only_writer, opened
from updateserver.base.times import HOUR

_HEAD = struct.Struct(">4sq16s")  # what the file is, the hour that is counted, the salt
_KIND = b"HCT1"
_COUNTER = struct.Struct(">I")
_SIZE = _HEAD.size + ROWS * WIDTH * _COUNTER.size


class HourCounts:
    """The counts of one kind, in the folder `cache`; `locks` is the folder for lock files."""

    def __init__(self, cache: Path, kind: str, locks: Path) -> None:
        self._path = cache / f"counts-{kind}"
        self._locks = locks

    def admit(self, key: str, now: int, most: int) -> bool:
        """Count one more of a key; False, and nothing is counted, where there were `most` in this hour.

        `most` of 0 or less means no limit. Raises OSError.
        """
        if most <= 0:
            return True
        with only_writer(self._locks, f"counts {self._path.name}"):
            descriptor = self._opened()
            try:
                return _admitted(descriptor, key, now // HOUR, most)
            finally:
                os.close(descriptor)

    def has_room(self, key: str, now: int, most: int) -> bool:
        """Tell whether one more of a key would be admitted; nothing is written. Raises OSError."""
        try:
            descriptor = opened(self._path)
        except FileNotFoundError:
            return True
        try:
            salt = _salt_of(descriptor, now // HOUR)
            return most <= 0 or salt is None or min(_counters(descriptor, _places(key, salt))) < most
        finally:
            os.close(descriptor)

    def _opened(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        try:
            return opened(self._path, flags)
        except FileNotFoundError:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return opened(self._path, flags)


def _admitted(descriptor: int, key: str, hour: int, most: int) -> bool:
    places = _places(key, _salt(descriptor, hour))
    counters = _counters(descriptor, places)
    if min(counters) >= most:
        return False
    for place, counter in zip(places, raised(counters), strict=True):
        # In its place, and not synced: a count that is lost with the machine costs nothing.
        os.pwrite(descriptor, _COUNTER.pack(min(counter, 0xFFFFFFFF)), place)
    return True


def _places(key: str, salt: bytes) -> list[int]:
    return [_HEAD.size + _COUNTER.size * cell for cell in cells(key, salt)]


def _counters(descriptor: int, places: list[int]) -> list[int]:
    return [_COUNTER.unpack(os.pread(descriptor, _COUNTER.size, place))[0] for place in places]


def _salt_of(descriptor: int, hour: int) -> bytes | None:
    """Return the salt of this hour's counts, None where the file has those of another hour, or is damaged."""
    if os.fstat(descriptor).st_size != _SIZE:
        return None
    kind, counted, salt = _HEAD.unpack(os.pread(descriptor, _HEAD.size, 0))
    return bytes(salt) if (kind, counted) == (_KIND, hour) else None


def _salt(descriptor: int, hour: int) -> bytes:
    """Return the salt of this hour's counts; those of another hour, past or future, and a damaged file end here."""
    if known := _salt_of(descriptor, hour):
        return known
    salt = secrets.token_bytes(16)
    os.ftruncate(descriptor, 0)
    os.ftruncate(descriptor, _SIZE)  # zeros that take no room on the disk
    os.pwrite(descriptor, _HEAD.pack(_KIND, hour, salt), 0)
    return salt
