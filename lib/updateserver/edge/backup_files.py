"""Looking at a device's stored configuration backups."""

import os
from pathlib import Path

from updateserver.edge.files import read
from updateserver.model.configuration import Backup
from updateserver.model.names import is_safe
from updateserver.rules.backups import BackupFile, name_of, number_of


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
