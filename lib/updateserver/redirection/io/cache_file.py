"""A small SQLite file below cache/ that devices' calls are noted in: nothing depends on it, and it mends itself.

Where it cannot be used, devices are answered all the same. A file that is damaged is made anew.
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

_LOG = logging.getLogger("updateserver.redirection")
_TIMEOUT = 0.5  # seconds to wait for another one's writing


class CacheFile:
    """The file at `path`, with the tables that `schema` makes; used by several threads and processes."""

    def __init__(self, path: Path, schema: str) -> None:
        self._path, self._schema = path, schema
        self._own = threading.local()

    @contextlib.contextmanager
    def tolerantly(self) -> Iterator[None]:
        """Log what goes wrong with the file meanwhile, and go on."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            _LOG.warning("%s cannot be used: %s", self._path, error)
            if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                self._own.which = None
                with contextlib.suppress(OSError):
                    self._path.unlink()

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection to the file that is there now; what is written is written at once."""
        which = (self._inode(), os.getpid())
        if getattr(self._own, "which", None) != which:
            connection = sqlite3.connect(self._path, timeout=_TIMEOUT, isolation_level=None)
            connection.execute("PRAGMA synchronous=OFF")
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(self._schema)
                connection.execute("PRAGMA user_version=1")
            self._own.which, self._own.connection = which, connection
        found: sqlite3.Connection = self._own.connection
        return found

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
