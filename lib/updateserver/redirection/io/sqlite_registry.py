"""Customers, projects and devices in an SQLite file: for any number of devices.

A connection belongs to one thread and is kept, since to open one takes longer than to look a device up. Readers and a
writer do not wait for each other.
"""

import contextlib
import errno
import os
import sqlite3
import stat
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from updateserver.base.io.files import NotAFile
from updateserver.redirection.io import sqlite_schema as schema
from updateserver.redirection.registry import Assigned, Assignment, Customer, Project, Registry

NAME = "redirection/redirection.sqlite"
_TIMEOUT = 20.0  # seconds to wait for another writer


class SqliteRegistry(Registry):
    """The registry in this file, which `create` has made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = threading.local()

    def create(self) -> None:
        """Make an empty registry. Raises OSError, FileExistsError where there is a file already."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640))
        with _told_as_os_error(self._path), contextlib.closing(_connected(self._path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            with _transaction(connection):
                for statement in schema.TABLES:
                    connection.execute(statement)

    def remove(self) -> None:
        """Remove the file, and what SQLite keeps beside it. Raises OSError."""
        for ending in ("-wal", "-shm", ""):
            Path(f"{self._path}{ending}").unlink(missing_ok=True)

    def move_to(self, path: Path) -> None:
        """Give the file another name, once all of it is on the disk. Raises OSError."""
        with _told_as_os_error(self._path):
            # What is still in the -wal file would stay behind under the old name.
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection().close()
        del self._own.which
        self._path.rename(path)
        self._path = path

    def places(self, mac: str) -> Sequence[Project]:
        """Return the projects that a device belongs to."""
        return [_project(row) for row in self._rows(schema.PROJECTS_OF_DEVICE, _number(mac))]

    def customers(self) -> Sequence[Customer]:
        """Return all customers, by id."""
        return [Customer(*row) for row in self._rows("SELECT id, name FROM customer ORDER BY id")]

    def projects(self) -> Sequence[Project]:
        """Return all projects, by id."""
        return [_project(row) for row in self._rows(f"{schema.PROJECTS} ORDER BY p.id")]

    def count(self, project: int | None = None) -> int:
        """Return how many devices a project has, or all together."""
        if project is None:
            rows = self._rows("SELECT sum(devices) FROM project")
        else:
            rows = self._rows("SELECT devices FROM project WHERE id = ?", project)
        return int(rows[0][0] or 0) if rows else 0

    def entries(self, project: int | None = None, since: str = "") -> Iterator[Assignment]:
        """Return the devices, of a project or all, by serial number; from that of `since` on."""
        where, values = ("", ()) if project is None else (" AND project = ?", (project,))
        with _told_as_os_error(self._path):
            query = f"SELECT mac, project, env, name FROM device WHERE mac >= ?{where} ORDER BY mac, project"  # noqa: S608 - fixed texts
            for row in self._connection().execute(query, (_number(since) if since else 0, *values)):
                yield _entry(row)

    def entry(self, mac: str) -> Assignment | None:
        """Return the first entry of a device, None where there is none."""
        rows = self._rows("SELECT mac, project, env, name FROM device WHERE mac = ? ORDER BY project", _number(mac))
        return _entry(rows[0]) if rows else None

    def put_customer(self, customer: Customer) -> None:
        """Add a customer, or change the one of this id."""
        with self._changing() as connection:
            _put_customer(connection, customer)

    def put_project(self, project: Project) -> None:
        """Add a project, or change the one of this id; its customer is added as well."""
        row = (
            project.id,
            project.customer.id,
            project.name,
            project.comment,
            project.url,
            project.trust,
            ",".join(project.environments),
            project.firmware,
            project.bootcode,
        )
        with self._changing() as connection:
            _put_customer(connection, project.customer)
            connection.execute(schema.PUT_PROJECT, row)

    def drop_project(self, project: int) -> bool:
        """Remove a project and all that it says of devices; return whether there was one."""
        with self._changing() as connection:
            connection.execute("DELETE FROM device WHERE project = ?", (project,))
            return connection.execute("DELETE FROM project WHERE id = ?", (project,)).rowcount > 0

    def assign(self, devices: Iterable[Assignment], *, take_over: bool = False) -> Assigned:
        """Have each device in this project and in no other one of its customer."""
        done = Assigned()
        with self._changing() as connection:
            customers = dict(connection.execute("SELECT id, customer FROM project"))
            for entry in devices:
                _assign(connection, customers, entry, done, take_over=take_over)
        return done

    def keep(self, devices: Iterable[Assignment]) -> None:
        """Take devices as they are, even those that are in several projects."""
        with self._changing() as connection:
            connection.executemany("INSERT OR IGNORE INTO device VALUES (?, ?, ?, ?)", map(_row, devices))

    def release(self, macs: Iterable[str], project: int | None = None) -> int:
        """Have devices in no project, or no longer in this one; return how many were."""
        released = 0
        with self._changing() as connection:
            for mac in macs:
                query, values = "DELETE FROM device WHERE mac = ?", (_number(mac),)
                if project is None:
                    gone = connection.execute(query, values).rowcount
                else:
                    gone = connection.execute(f"{query} AND project = ?", (*values, project)).rowcount
                released += gone > 0
        return released

    def _rows(self, query: str, *values: int) -> list[tuple[Any, ...]]:
        with _told_as_os_error(self._path):
            return self._connection().execute(query, values).fetchall()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with _told_as_os_error(self._path):
            connection = self._connection()
            with _transaction(connection):
                yield connection

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection to the file that is there now."""
        status = self._path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise NotAFile(errno.EINVAL, "it is no regular file", str(self._path))
        # Another file, such as a restored copy, needs another connection, and so does a process that was forked.
        which = (status.st_dev, status.st_ino, os.getpid())
        if getattr(self._own, "which", None) != which:
            connection = _connected(self._path)
            if (version := _version(connection)) != schema.VERSION:
                connection.close()
                raise sqlite3.DatabaseError(
                    f"version {version} is not known to this program: expected {schema.VERSION}"
                )
            self._own.which, self._own.connection = which, connection
        found: sqlite3.Connection = self._own.connection
        return found


def _assign(
    connection: sqlite3.Connection, customers: dict[int, int], entry: Assignment, done: Assigned, *, take_over: bool
) -> None:
    number, customer = _number(entry.mac), customers[entry.project]
    before = [place for (place,) in connection.execute("SELECT project FROM device WHERE mac = ?", (number,))]
    if before == [entry.project]:
        is_changed = _say(connection, entry)
        done.changed += is_changed
        done.unchanged += not is_changed
        return
    if not take_over and any(customers[place] != customer for place in before):
        done.refused.append(entry.mac)
        return
    if before:
        connection.execute("DELETE FROM device WHERE mac = ?", (number,))
        done.moved += 1
    else:
        done.new += 1
    connection.execute("INSERT INTO device VALUES (?, ?, ?, ?)", _row(entry))


def _say(connection: sqlite3.Connection, entry: Assignment) -> bool:
    """Have a device have the name and environments of an entry, if it has any; return whether they are new."""
    if not (entry.environments or entry.name):
        return False
    number, project, env, name = _row(entry)
    change = """UPDATE device SET env = ifnull(nullif(?3, ''), env), name = ifnull(nullif(?4, ''), name)
        WHERE mac = ?1 AND project = ?2 AND ((?3 != '' AND env != ?3) OR (?4 != '' AND name != ?4))"""
    return connection.execute(change, (number, project, env, name)).rowcount > 0


def _row(entry: Assignment) -> tuple[int, int, str, str]:
    return _number(entry.mac), entry.project, ",".join(entry.environments), entry.name


def _entry(row: tuple[Any, ...]) -> Assignment:
    number, project, env, name = row
    return Assignment(_mac(number), project, tuple(filter(None, env.split(","))), name)


def _put_customer(connection: sqlite3.Connection, customer: Customer) -> None:
    connection.execute(schema.PUT_CUSTOMER, (customer.id, customer.name))


def _project(row: tuple[Any, ...]) -> Project:
    number, customer, customer_name, name, comment, url, trust, env, firmware, bootcode = row
    environments = tuple(filter(None, env.split(",")))
    return Project(
        number, Customer(customer, customer_name), name, comment, url, trust, environments, firmware, bootcode
    )


def _number(mac: str) -> int:
    return int(mac.replace("-", ""), 16)


def _mac(number: int) -> str:
    return number.to_bytes(6, "big").hex("-")


def _connected(path: Path) -> sqlite3.Connection:
    # a file that is not there any more is not made anew, empty, by asking for a device
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", timeout=_TIMEOUT, isolation_level=None, uri=True
    )
    # SQLite checks them only if asked to, for each connection anew.
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    # IMMEDIATE: a transaction that reads first and writes later could fail with SQLITE_BUSY in its midst.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextlib.contextmanager
def _told_as_os_error(path: Path) -> Iterator[None]:
    """Tell what SQLite has against the file as the disk's other troubles are told."""
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(None, f"the redirection data cannot be used: {error}", str(path)) from error
