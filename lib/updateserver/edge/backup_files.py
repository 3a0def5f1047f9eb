"""Looking at a device's stored configuration backups."""

from pathlib import Path

from updateserver.model.configuration import Backup
from updateserver.model.fleet import BackupFile


def backups_of(root: Path, backup: Backup, hwid: str) -> list[BackupFile]:
    """Return a device's backups, newest first; none where backups are off or the name is not safe."""
    raise NotImplementedError


def backup_content(root: Path, backup: Backup, hwid: str, number: int) -> bytes | None:
    """Return one backup, None if there is none of this number."""
    raise NotImplementedError
