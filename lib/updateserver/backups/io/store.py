"""Configuration backups: a folder for each device, files numbered in their order.

Looking at a device's stored configuration backups.
"""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from updateserver.backups.numbering import (
    BackupFile,
    kept_lines,
    name_of,
    next_number,
    number_of,
    says_nothing,
    surplus,
)
from updateserver.base.io.counts import HourCounts
from updateserver.base.io.files import only_writer, read, readable, replace
from updateserver.base.names import is_safe
from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Backup

MaySend = Callable[[int], None]  # raises Refusal; how many bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of a backup: its file (relative to the root), when that was written, and what to tell the device."""

    changed: int  # Unix seconds
    message: str


_KIND = "backups"  # what is counted by the hour


def refuse_too_many(root: Path, backup: Backup, hwid: str, now: int, locks: Path) -> None:
    """Refuse an upload of a device of which too many different ones were stored in this hour."""
    with contextlib.suppress(OSError):  # what cannot be counted costs no backup
        if not HourCounts(root / "cache", _KIND, locks).has_room(hwid, now, backup.perhour):
            raise _too_many(backup)


def _too_many(backup: Backup) -> Refusal:
    told = f"backup: {backup.perhour} different ones of this device were stored in this hour, nothing saved - exit"
    return Refusal(429, told, "backup/@perhour")


def store(  # noqa: PLR0913, PLR0917 -- whose backup it is, and where it belongs
    root: Path, backup: Backup, hwid: str, upload: bytes, locks: Path, may_send: MaySend = lambda _: None
) -> Stored:
    """Store a backup if it differs from the newest one; `may_send` raises Refusal where a new device may not.

    Raises `Refusal` for one that says nothing, which must not take the place of one that does (docs/differences.md,
    37), or is one of too many, and OSError if it cannot be stored.
    """
    content = kept_lines(upload)
    if says_nothing(content):
        raise Refusal(400, f"the backup of {hwid} is empty, nothing saved")
    if len(content) > backup.maxsize:
        raise Refusal(
            413, f"the backup is larger than {backup.maxsize} bytes with the line ends that it is stored with"
        )
    may_send(len(content))
    folder = root / backup.dir / hwid
    # A device may send one backup twice at once, where a connection was slow: only one gets the next number.
    with only_writer(locks, f"backup {hwid}"):
        numbers = _numbers(folder, hwid)
        newest = folder / name_of(hwid, max(numbers)) if numbers else None
        # Devices send a backup at every poll, so nearly always nothing has changed.
        if newest and readable(newest) == content:
            return Stored(int(newest.stat().st_mtime), f"no change (newest {os.path.relpath(newest, root)})")
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            if not HourCounts(root / "cache", _KIND, locks).admit(hwid, int(time.time()), backup.perhour):
                raise _too_many(backup)
        path = folder / name_of(hwid, next_number(numbers))
        # Synced to the disk: the device is told that it is saved, and an admin will count on it.
        replace(path, content, durable=True)
        written = path.stat().st_mtime
        _remove_surplus(folder, hwid, backup, written)
    return Stored(int(written), f"saving {os.path.relpath(path, root)}")


def _numbers(folder: Path, hwid: str) -> dict[int, float]:
    """Return the stored backups' numbers and times of change."""
    try:
        with os.scandir(folder) as entries:
            found = ((number_of(hwid, entry.name), entry.stat(follow_symlinks=False).st_mtime) for entry in entries)
            return {number: changed for number, changed in found if number is not None}
    except FileNotFoundError:
        return {}


def _remove_surplus(folder: Path, hwid: str, backup: Backup, now: float) -> None:
    for number in surplus(_numbers(folder, hwid), backup, now):
        (folder / name_of(hwid, number)).unlink(missing_ok=True)


def backups_of(root: Path, backup: Backup, hwid: str) -> list[BackupFile]:
    """Return a device's backups, newest first; none where backups are off or the name is not safe."""
    if not backup.dir or not is_safe(hwid):
        return []
    try:
        with os.scandir(root / backup.dir / hwid) as entries:
            found = [_file(number, entry) for entry in entries if (number := number_of(hwid, entry.name)) is not None]
    except OSError:
        return []
    return sorted(found, key=lambda file: file.number, reverse=True)


def backup_content(root: Path, backup: Backup, hwid: str, number: int) -> bytes | None:
    """Return one backup, None if there is none of this number."""
    if not backup.dir or not is_safe(hwid):
        return None
    return read(root / backup.dir / hwid / name_of(hwid, number))


def _file(number: int, entry: "os.DirEntry[str]") -> BackupFile:
    status = entry.stat()
    return BackupFile(number, entry.name, int(status.st_mtime), status.st_size)
