"""Bringing the index up to date: state files whose stamp changed are read again, and no other.

One does it at a time, not too often, and not for long: what remains is done at the next look.
"""

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from updateserver.base.names import is_safe
from updateserver.configuration.config import Config
from updateserver.device.io.states import States
from updateserver.fleet.entry import IndexEntry, entry_of
from updateserver.fleet.io.store import INSERT, FleetStore

_LOG = logging.getLogger("updateserver.fleet")
_BATCH = 200  # states that are stored at once
_LONGEST = 1.0  # seconds of one look in which states are read; more, where the listing alone takes that long
_TICK = 50_000_000  # nanoseconds; the clock of a file system is no finer than some of them
_clock = time.monotonic
_SHARE = 5  # a look that took long is repeated after so many times its own time


class Refresher:
    """Keeps an index of the states in `folder`, looked at every so many seconds at most."""

    def __init__(self, store: FleetStore, states: States, every: float) -> None:
        self._store, self._states, self._every = store, states, every

    def refresh(self, connection: sqlite3.Connection, config: Config, folder: Path) -> int:
        """Read what changed, if that is due; return how many states are still to be read."""
        if self._is_due(connection):
            # Others show what there is meanwhile: ten admins who reload must not read the fleet ten times.
            with self._store.turn() as is_ours:
                # Asked again: another one may have done it while this one waited for its turn.
                if is_ours and self._is_due(connection):
                    self._try_to_look(connection, config, folder)
        pending: int = connection.execute("SELECT pending FROM look").fetchone()[0]
        return pending

    def _try_to_look(self, connection: sqlite3.Connection, config: Config, folder: Path) -> None:
        """Read what changed; where the disk does not let us store it, what there is must do."""
        try:
            self._refresh(connection, config, folder)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY):
                raise
            _LOG.error("the list of devices is an old one: its index cannot be written (%s)", error)
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def reread(self, connection: sqlite3.Connection, config: Config, folder: Path, sn: str) -> None:
        """Read one device's state anew."""
        path = folder / f"{sn}.xml"
        if path.exists():
            # Stamp 0, which no file has: the next look reads it once more, as it may change at this moment.
            connection.execute(INSERT, self._entry(config, folder, sn, 0))
        else:
            connection.execute("DELETE FROM device WHERE sn = ?", (sn,))

    def _is_due(self, connection: sqlite3.Connection) -> bool:
        began, took, pending = connection.execute("SELECT began, took, pending FROM look").fetchone()
        # On a slow disk at most a fifth of the time goes into looking.
        pause = 0 if pending or not self._every else max(self._every, _SHARE * took)
        # A clock that was set back must not stop this until it has caught up.
        return not 0 <= time.time() - began < pause

    def _refresh(self, connection: sqlite3.Connection, config: Config, folder: Path) -> None:
        began, start = time.time(), _clock()
        known = dict(connection.execute("SELECT sn, stamp FROM device"))
        there = _stamps(folder, known)
        gone = [(sn,) for sn in known if sn not in there]
        if gone:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("DELETE FROM device WHERE sn = ?", gone)
            connection.execute("COMMIT")
        changed = sorted(sn for sn, stamp in there.items() if known.get(sn) != stamp)
        pending = len(changed)
        waiting = iter(changed)
        until = _clock() + max(_LONGEST, 2 * (_clock() - start))
        while pending and _clock() < until:
            batch = list(islice(waiting, _BATCH))
            # Read before the transaction begins, so that nobody waits for a disk that is slow to read.
            entries = [self._entry(config, folder, sn, there[sn]) for sn in batch]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT, entries)
            connection.execute("COMMIT")
            pending -= len(batch)
        took = _clock() - start
        connection.execute("UPDATE look SET began = ?, took = ?, pending = ?", (began, took, pending))

    def _entry(self, config: Config, folder: Path, sn: str, stamp: int) -> IndexEntry:
        snapshot = self._states.read(folder, sn)
        return entry_of(config, sn, stamp, None if snapshot.content is None else snapshot.state)


def _stamps(folder: Path, known: Mapping[str, int]) -> dict[str, int]:
    """Return the stamp of each state file, by serial number.

    A file that was written a moment ago gets another stamp at the next look: it may change under the same time.
    """
    found: dict[str, int] = {}
    young = time.time_ns() - _TICK
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:  # ten thousand times: hence no functions of our own
            name = entry.name
            if name[-4:] != ".xml" or (name[:-4] not in known and not is_safe(name[:-4])):
                continue
            with contextlib.suppress(OSError):
                status = entry.stat()
                changed = status.st_mtime_ns
                # The inode too: states are replaced whole, so each change makes another one.
                found[name[:-4]] = hash((status.st_ino, changed, status.st_size, changed > young))
    return found
