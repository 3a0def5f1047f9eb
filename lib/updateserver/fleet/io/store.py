"""The derived index of all devices: an SQLite file that any process may bring up to date, and that mends itself.

State files are the truth. An index that is missing, damaged, of another version or of another folder is made anew.
Nothing here is on a poll's way: whoever looks at a list has what changed since the last look read.
"""

import contextlib
import logging
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from updateserver.base.io.files import opened, turn
from updateserver.fleet.entry import IndexEntry

_LOG = logging.getLogger("updateserver.fleet")
_ENTRIES = 2  # to be raised when `entry_of` tells something else of the same state
_TIMEOUT = 5.0  # seconds to wait for another one's transaction
_COLUMNS = ", ".join(IndexEntry._fields)
_SCHEMA = (
    "CREATE TABLE device (" + _COLUMNS.replace("sn,", "sn TEXT PRIMARY KEY,", 1) + ")",
    "CREATE INDEX by_stamp ON device (sn, stamp)",
    "CREATE INDEX by_seen ON device (seen)",
    "CREATE INDEX by_end ON device (certificate_end)",
    "CREATE INDEX by_firmware ON device (firmware)",
    "CREATE INDEX by_sign ON device (trouble, updating, waiting, phase, seen)",
    "CREATE TABLE look (began REAL, took REAL, pending INTEGER)",
    "INSERT INTO look VALUES (0, 0, 0)",
)
INSERT = "INSERT OR REPLACE INTO device VALUES (" + ", ".join("?" * len(IndexEntry._fields)) + ")"  # noqa: S608 - "?"

T = TypeVar("T")


class FleetStore:
    """The index file of the installation in `root`; used by several threads and processes."""

    def __init__(self, root: Path, locks: Path) -> None:
        self._path = root / "cache" / "fleet-index.sqlite"
        self._locks = locks

    def ask(self, folder: Path, question: Callable[[sqlite3.Connection], T]) -> T:
        """Ask the index of the states in a folder; one that is damaged is made anew, empty.

        Where the disk does not let us have one, the question goes to an empty index in memory.
        """
        # The second time with the new file; if that cannot be used either, the disk is at fault.
        for _ in range(2):
            inode = self._inode()
            try:
                with contextlib.closing(self._opened()) as connection:
                    prepare(connection, folder)
                    return question(connection)
            except sqlite3.Error as error:
                _LOG.warning("the index %s is of no use (%s)", self._path, error)
                # Busy is not damaged: the file is another one's at this moment.
                if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                    break
                self._remove(inode)
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            prepare(connection, folder)
            return question(connection)

    @contextlib.contextmanager
    def turn(self) -> Iterator[bool]:
        """Be the one who reads what changed; yields False where another one does."""
        try:
            with turn(self._locks, "fleet-index", wait=False) as is_ours:
                yield is_ours
        except OSError as error:  # no lock can be had on a disk that is read-only; then there is no index on it either
            _LOG.warning("cannot take turns reading states: %s", error)
            yield True

    def _opened(self) -> sqlite3.Connection:
        with contextlib.suppress(OSError):  # SQLite tells what is wrong
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(opened(self._path, os.O_RDWR | os.O_CREAT))
        return sqlite3.connect(self._path, timeout=_TIMEOUT, isolation_level=None)

    def _inode(self) -> int | None:
        try:
            return self._path.stat().st_ino
        except OSError:
            return None

    def _remove(self, damaged: int | None) -> None:
        """Remove the index, unless another one did that already and made a new one."""
        try:
            with turn(self._locks, "fleet-index", wait=True):
                if damaged is not None and self._inode() == damaged:
                    for ending in ("-wal", "-shm", ""):
                        Path(f"{self._path}{ending}").unlink(missing_ok=True)
        except OSError as error:
            _LOG.warning("the index cannot be removed: %s", error)


def prepare(connection: sqlite3.Connection, folder: Path) -> None:
    """Have the tables there; what is of another version, folder or start of the machine goes."""
    # nothing is synced to the disk, so an index that the machine's end may have torn is not believed
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA temp_store=MEMORY")
    wanted = zlib.crc32(f"{_ENTRIES} {_SCHEMA} {folder.resolve()} {_start_of_machine()}".encode()) >> 1
    if _version(connection) == wanted:
        return
    # Readers do not wait for the one that brings the index up to date.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN IMMEDIATE")
    if _version(connection) != wanted:
        # Emptied in place, not removed: others may have it open, and would go on with a file that has no name.
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in tables:
            connection.execute(f'DROP TABLE "{name}"')
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={wanted}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _start_of_machine() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text()
    except OSError:
        return ""
