"""Forgetting devices that have not called for long.

Looked at once an hour, by a process of its own, so that no device waits for it.
"""

import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from updateserver.edge.files import TEMPORARY, only_writer

_LOG = logging.getLogger("updateserver.expiry")
_HOUR = 3600
LAST = "lastcleanup"  # in the status folder; its time of change is that of the last look


def look(root: Path, folder: Path, expire: int, now: int) -> None:
    """Start to forget devices, if that was not done during the last hour."""
    last = folder / LAST
    try:
        is_due = now - last.stat().st_mtime >= _HOUR
    except OSError:
        is_due = False
        last.touch()
    if is_due:
        os.utime(last)
        if expire > 0:
            _start(root)


_running: list["subprocess.Popen[bytes]"] = []


def _start(root: Path) -> None:
    library = str(Path(__file__).parents[2])
    _running[:] = [process for process in _running if process.poll() is None]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "updateserver", "expire", "--root", str(root)],
        env={**os.environ, "PYTHONPATH": library},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _running.append(process)


def forget(folder: Path, locks: Path, expire: int, tell: Callable[[str], None]) -> int:
    """Remove the states that were not written for `expire` seconds, and what a killed process left; return how many."""
    before = time.time() - expire
    count = 0
    with os.scandir(folder) as entries:
        old = [entry.name for entry in entries if _is_old(entry, before)]
    for name in old:
        path = folder / name
        with only_writer(locks, name.removesuffix(".xml")), contextlib.suppress(OSError):
            if path.stat().st_mtime < before:  # it may have called just now
                path.unlink()
                tell(name.removesuffix(".xml"))
                count += 1
    return count


def _is_old(entry: "os.DirEntry[str]", before: float) -> bool:
    is_ours = entry.name.endswith(".xml") or (entry.name.startswith(".") and entry.name.endswith(TEMPORARY))
    try:
        return is_ours and entry.stat().st_mtime < before
    except OSError:
        return False
