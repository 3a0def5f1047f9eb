"""Which registry an installation has: the SQLite file where there is one, else `config/redirection.xml`.

Settings always stand in the XML file, which may be missing beside an SQLite file.
"""

import os
import threading
import time
from pathlib import Path
from typing import NamedTuple

from updateserver.redirection.io import sqlite_registry, xml_registry
from updateserver.redirection.io.sqlite_registry import SqliteRegistry
from updateserver.redirection.io.xml_registry import XmlRegistry
from updateserver.redirection.reading import Contents
from updateserver.redirection.registry import RedirectionSettings, Registry

_SETTLED = 2_000_000_000  # nanoseconds; a file may change twice within one tick of its time stamp


class RegistryBroken(Exception):
    """What the files say cannot be used; the text says where and why."""


class OpenRegistry(NamedTuple):
    """What is known now."""

    settings: RedirectionSettings
    registry: Registry


class RegistryFiles:
    """The redirection data of the installation in the folder `root`; used by several threads."""

    def __init__(self, root: Path) -> None:
        self.xml_path = root / xml_registry.NAME
        self.sqlite_path = root / sqlite_registry.NAME
        self._locks = root / "cache" / "locks"
        self._sqlite = SqliteRegistry(self.sqlite_path)
        self._read: tuple[tuple[int, int, int], Contents, XmlRegistry] | None = None
        self._lock = threading.Lock()

    def open(self) -> OpenRegistry | None:
        """Return what is known now, None where no redirection is set up.

        Raises RegistryBroken, and OSError where a file cannot be read.
        """
        has_sqlite = os.access(self.sqlite_path, os.F_OK)
        try:
            contents, xml = self._xml()
        except FileNotFoundError:
            return OpenRegistry(RedirectionSettings(), self._sqlite) if has_sqlite else None
        if contents.fatal:
            raise RegistryBroken(contents.fatal)
        return OpenRegistry(contents.settings, self._sqlite if has_sqlite else xml)

    def contents(self) -> Contents | None:
        """Return what the XML file says with all that is wrong with it, None where there is none. Raises OSError."""
        try:
            return self._xml()[0]
        except FileNotFoundError:
            return None

    def use_sqlite(self) -> int:
        """Have everything in an SQLite file from now on; return how many devices were taken over.

        Raises RegistryBroken, FileExistsError where there is one already, and OSError.
        """
        if self.sqlite_path.exists():
            raise FileExistsError(None, "there is one already", str(self.sqlite_path))
        now = self.open()
        fresh = SqliteRegistry(self.sqlite_path.with_name(".new.sqlite"))
        fresh.remove()
        fresh.create()
        if now:
            _copy(now.registry, fresh)
        fresh.move_to(self.sqlite_path)
        if now and isinstance(now.registry, XmlRegistry):
            now.registry.empty()
        return self._sqlite.count()

    def _xml(self) -> tuple[Contents, XmlRegistry]:
        status = os.stat(self.xml_path)  # noqa: PTH116 - each call comes here
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        with self._lock:
            if self._read and self._read[0] == stamp:
                return self._read[1:]
            contents = xml_registry.contents(self.xml_path)
            registry = XmlRegistry(self.xml_path, contents, self._locks)
            is_settled = time.time_ns() - status.st_mtime_ns > _SETTLED
            self._read = (stamp, contents, registry) if is_settled else None
            return contents, registry


def _copy(old: Registry, new: SqliteRegistry) -> None:
    for customer in old.customers():
        new.put_customer(customer)
    for project in old.projects():
        new.put_project(project)
    new.keep(old.entries())
