"""Forgetting devices that have not called for a long time, and removing what killed processes left half-written.

Looked at once an hour, by a process of its own, so that no device waits for it. That a clean-up waits for an admin is
kept in a small file below cache/, for check-config and the pages.
"""

import contextlib
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from updateserver.base.io.files import TEMPORARY, only_writer, readable, replace
from updateserver.base.times import AHEAD, HOUR
from updateserver.configuration.config import Config
from updateserver.configuration.source import Finding, Node, warning
from updateserver.device.clean_up import Overdue

_FILE = "cache/held-clean-up"
_OLD = "{old} of {states} devices would be forgotten at once: if the clock is right, run updateserver expire --yes"
_AHEAD = (
    "{ahead} of {states} states are dated in the future, so they are not forgotten in time: if the clock is right now, "
    "run updateserver expire --yes"
)


def hold_back(root: Path, overdue: Overdue) -> None:
    """Keep that it waits."""
    with contextlib.suppress(OSError):  # it is only told
        replace(root / _FILE, json.dumps(overdue).encode())


def release_clean_up(root: Path) -> None:
    """Keep that it does not."""
    with contextlib.suppress(OSError):
        (root / _FILE).unlink(missing_ok=True)


def held_findings(root: Path, config: Config, merged: Node) -> Iterator[Finding]:
    """Yield why a clean-up waits, if it does."""
    overdue = _held(root)
    if overdue is None or not config.status.dir or config.status.expire <= 0 or not overdue.is_odd:
        return
    node, of_states = merged.one("status"), overdue._replace(ahead=0)
    if of_states.is_odd:
        yield warning(_OLD, node, "status", "expire", old=overdue.old, states=overdue.states)
    else:
        yield warning(_AHEAD, node, "status", "expire", ahead=overdue.ahead, states=overdue.states)


def _held(root: Path) -> Overdue | None:
    try:
        numbers = json.loads(readable(root / _FILE) or b"null")
    except (ValueError, RecursionError):
        return None
    is_right = isinstance(numbers, list) and len(numbers) == 3 and all(type(one) is int for one in numbers)  # noqa: PLR2004
    return Overdue(*numbers) if is_right else None


_LOG = logging.getLogger("updateserver.expiry")
_TEMPORARY = re.compile(rf"\..+\.\d+\.\d+{re.escape(TEMPORARY)}", re.ASCII | re.DOTALL)
LAST = "lastcleanup"  # in the status folder; its time of change is that of the last look


def start_if_due(root: Path, folder: Path, now: int) -> None:
    """Start to forget devices and to clean up, if that was not done during the last hour."""
    last = f"{folder}/{LAST}"
    try:
        age = now - int(os.stat(last).st_mtime)  # noqa: PTH116 - on the way of every poll
        is_due = age >= HOUR or age < 0  # a clock may have been set back
    except OSError:
        is_due = False
        Path(last).touch()
    if is_due:
        # Before it begins: all processes that look at this moment see that it is somebody's already.
        os.utime(last)
        _start(root)


_running: list[Any] = []  # processes that were started


def _start(root: Path) -> None:
    import subprocess  # noqa: PLC0415 - once an hour

    library = str(Path(__file__).parents[3])
    _running[:] = [process for process in _running if process.poll() is None]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "updateserver", "expire", "--root", str(root)],
        env={**os.environ, "PYTHONPATH": library},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Else a web server that ends its CGI processes by group would kill the clean-up with the poll.
        start_new_session=True,
    )
    _running.append(process)


class OutdatedStates(NamedTuple):
    """The states in a folder, by what a clean-up does with them: forget them, or date them today."""

    old: list[str]
    ahead: list[str]
    total: int

    @property
    def overdue(self) -> Overdue:
        """How many they are."""
        return Overdue(len(self.old), len(self.ahead), self.total)


def states(folder: Path, expire: int) -> OutdatedStates:
    """Return what was not written for `expire` seconds, and what is dated in the future."""
    found, now, total = OutdatedStates([], [], 0), time.time(), 0
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".xml") and (changed := _changed(entry)):
                total += 1
                if changed < now - expire:
                    found.old.append(entry.name)
                elif changed > now + AHEAD:
                    found.ahead.append(entry.name)
    return found._replace(total=total)


def forget(folder: Path, locks: Path, expire: int, tell: Callable[[str], None]) -> int:
    """Remove the states that were not written for `expire` seconds; return how many.

    Those that are dated in the future are dated today: else they would stay for as long.
    """
    found, before, count = states(folder, expire), time.time() - expire, 0
    for name in found.old:
        path = folder / name
        with only_writer(locks, name.removesuffix(".xml")), contextlib.suppress(OSError):
            if path.stat().st_mtime < before:  # it may have called just now
                path.unlink()
                tell(name.removesuffix(".xml"))
                count += 1
    for name in found.ahead:
        with only_writer(locks, name.removesuffix(".xml")), contextlib.suppress(OSError):
            os.utime(folder / name)
    return count


def clean(root: Path, config: Config) -> int:
    """Remove files that somebody began to write more than an hour ago and did not finish; return how many."""
    before = time.time() - HOUR
    count = 0
    for folder in _written_folders(root, config):
        for path in folder.glob(f".*{TEMPORARY}"):
            with contextlib.suppress(OSError):
                # An hour: no honest writer takes that long, and a running one must not lose its file.
                if _TEMPORARY.fullmatch(path.name) and path.lstat().st_mtime < before:
                    path.unlink()
                    count += 1
    return count


def measure(root: Path, config: Config, locks: Path) -> dict[str, int]:
    """Find out how much room states and backups take, and keep it; return the bytes by their tags."""
    from updateserver.device.io.room import Room, measured  # noqa: PLC0415 - once an hour

    room, folders = Room(root / "cache", locks), {"status": config.status.dir, "backup": config.backup.dir}
    found = {tag: measured(root / folder) for tag, folder in folders.items() if folder}
    for tag, total in found.items():
        room.keep(tag, total)
    return found


def _written_folders(root: Path, config: Config) -> Iterator[Path]:
    """Yield the folders in which files are replaced; those of the devices' backups, too."""
    named = (config.status.dir, config.customcerts.dir, config.master.cache.rpartition("/")[0], "debug")
    yield from (root / folder for folder in dict.fromkeys(named) if folder)
    if config.backup.dir:
        yield from (path for path in (root / config.backup.dir).glob("*") if path.is_dir())


def _changed(entry: "os.DirEntry[str]") -> float:
    """Return when a state was written last, 0 if it is gone."""
    try:
        return entry.stat().st_mtime
    except OSError:
        return 0.0
