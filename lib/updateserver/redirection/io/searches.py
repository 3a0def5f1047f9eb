"""Which unknown serial numbers were asked for, and from where: `cache/redirection-searches.sqlite`.

It is there to slow down who searches (`redirection/enumeration.py`), and nothing is lost with it. Where it cannot be
used, devices are answered all the same.
"""

import contextlib
import errno
import logging
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

from updateserver.base.io.files import NotAFile, opened
from updateserver.base.times import WEEK
from updateserver.redirection.enumeration import FEW, WINDOW, Searched, range_of
from updateserver.trust.addresses import limit_key

_LOG = logging.getLogger("updateserver.redirection")
_PATIENCE = 0.5  # seconds to wait for another one's writing
_KEPT = WEEK  # seconds; a number that was asked for before does not count once more
_MANY = 500_000  # rows
_AT_ONCE = 100  # rows that go when one comes
_SCHEMA = """
CREATE TABLE IF NOT EXISTS asked (address TEXT, mac TEXT, area TEXT, time INTEGER, UNIQUE (address, mac));
CREATE INDEX IF NOT EXISTS by_address ON asked (address, time);
CREATE INDEX IF NOT EXISTS by_area ON asked (area, time, address);
CREATE INDEX IF NOT EXISTS by_time ON asked (time)
"""
_NUMBERS = "SELECT count(*) FROM asked WHERE address = ? AND time > ?"
_SEARCHERS = (
    "SELECT count(*) FROM (SELECT 1 FROM asked WHERE area = ? AND time > ? GROUP BY address HAVING count(*) > ?)"
)

_FORGET_OLD = "DELETE FROM asked WHERE rowid IN (SELECT rowid FROM asked WHERE time < ? ORDER BY time LIMIT ?)"


class Searches:
    """The file in the folder `cache`; used by several threads and processes."""

    def __init__(self, cache: Path) -> None:
        self._path = cache / "redirection-searches.sqlite"
        self._own = threading.local()

    def lately(self, address: str, mac: str, now: int) -> Searched:
        """Return what was asked for within the last hour, as far as it concerns this call."""
        key, since = limit_key(address), now - WINDOW
        with self._tolerantly(), self._connection() as connection:
            numbers = connection.execute(_NUMBERS, (key, since)).fetchone()[0]
            if numbers < FEW:
                return Searched(numbers, 0)
            searchers = connection.execute(_SEARCHERS, (range_of(mac), since, FEW)).fetchone()[0]
            return Searched(numbers, searchers)
        return Searched(0, 0)

    def note(self, address: str, mac: str, now: int) -> None:
        """Note that an unknown serial number was asked for; only the first time is written."""
        key = limit_key(address)
        with self._tolerantly(), self._connection() as connection:
            if connection.execute("SELECT 1 FROM asked WHERE address = ? AND mac = ?", (key, mac)).fetchone():
                return
            row = (key, mac, range_of(mac), now)
            written = connection.execute("INSERT OR IGNORE INTO asked VALUES (?, ?, ?, ?)", row)
            connection.execute(_FORGET_OLD, (now - _KEPT, _AT_ONCE))
            connection.execute("DELETE FROM asked WHERE rowid <= ?", ((written.lastrowid or 0) - _MANY,))

    @contextlib.contextmanager
    def _tolerantly(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            _LOG.warning("%s cannot be used: %s", self._path, error)
            if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                self._own.which = None
                with contextlib.suppress(OSError):
                    self._path.unlink()

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Hand out this thread's connection to the file that is there now; what is written is written at once."""
        which = (self._inode(), os.getpid())
        if getattr(self._own, "which", None) != which:
            connection = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)
            connection.execute("PRAGMA synchronous=OFF")
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(_SCHEMA)
                connection.execute("PRAGMA user_version=1")
            self._own.which, self._own.connection = which, connection
        yield self._own.connection

    def _inode(self) -> int:
        """Return which file is there now; it is made where there is none. Raises OSError if it is no regular file."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # only a file that nobody uses yet may be opened and closed again: that ends the process's locks on it
            with contextlib.suppress(FileExistsError):
                os.close(opened(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
            status = self._path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise NotAFile(errno.EINVAL, "it is no regular file", str(self._path))
        return status.st_ino
