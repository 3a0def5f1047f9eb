"""Which book an installation has: the SQLite file where there is one, else `config/redirection.xml`.

Settings always stand in the XML file, which may be missing beside an SQLite file.
"""

import os
import threading
import time
from pathlib import Path
from typing import NamedTuple

from updateserver.redirection.book import Book, Settings
from updateserver.redirection.io import sqlite_book, xml_book
from updateserver.redirection.io.sqlite_book import SqliteBook
from updateserver.redirection.io.xml_book import XmlBook
from updateserver.redirection.reading import Contents

_SETTLED = 2_000_000_000  # nanoseconds; a file may change twice within one tick of its time stamp


class BookBroken(Exception):
    """What the files say cannot be used; the text says where and why."""


class Open(NamedTuple):
    """What is known now."""

    settings: Settings
    book: Book


class Books:
    """The redirection data of the installation in the folder `root`; used by several threads."""

    def __init__(self, root: Path) -> None:
        self.xml_path = root / xml_book.NAME
        self.sqlite_path = root / sqlite_book.NAME
        self._locks = root / "cache" / "locks"
        self._sqlite = SqliteBook(self.sqlite_path)
        self._read: tuple[tuple[int, int, int], Contents, XmlBook] | None = None
        self._lock = threading.Lock()

    def open(self) -> Open | None:
        """Return what is known now, None where no redirection is set up.

        Raises BookBroken, and OSError where a file cannot be read.
        """
        has_sqlite = os.access(self.sqlite_path, os.F_OK)
        try:
            contents, xml = self._xml()
        except FileNotFoundError:
            return Open(Settings(), self._sqlite) if has_sqlite else None
        if contents.fatal:
            raise BookBroken(contents.fatal)
        return Open(contents.settings, self._sqlite if has_sqlite else xml)

    def contents(self) -> Contents | None:
        """Return what the XML file says with all that is wrong with it, None where there is none. Raises OSError."""
        try:
            return self._xml()[0]
        except FileNotFoundError:
            return None

    def use_sqlite(self) -> int:
        """Have everything in an SQLite file from now on; return how many devices were taken over.

        Raises BookBroken, FileExistsError where there is one already, and OSError.
        """
        if self.sqlite_path.exists():
            raise FileExistsError(None, "there is one already", str(self.sqlite_path))
        now = self.open()
        fresh = SqliteBook(self.sqlite_path.with_name(".new.sqlite"))
        fresh.remove()
        fresh.create()
        if now:
            _copy(now.book, fresh)
        fresh.move_to(self.sqlite_path)
        if now and isinstance(now.book, XmlBook):
            now.book.empty()
        return self._sqlite.count()

    def _xml(self) -> tuple[Contents, XmlBook]:
        status = os.stat(self.xml_path)  # noqa: PTH116 - each call comes here
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        with self._lock:
            if self._read and self._read[0] == stamp:
                return self._read[1:]
            contents = xml_book.contents(self.xml_path)
            book = XmlBook(self.xml_path, contents, self._locks)
            is_settled = time.time_ns() - status.st_mtime_ns > _SETTLED
            self._read = (stamp, contents, book) if is_settled else None
            return contents, book


def _copy(old: Book, new: SqliteBook) -> None:
    for customer in old.customers():
        new.put_customer(customer)
    for project in old.projects():
        new.put_project(project)
    new.keep(old.entries())
