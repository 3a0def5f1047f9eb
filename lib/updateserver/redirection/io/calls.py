"""Devices that called, and what became of them: `cache/redirection-calls.sqlite`.

Calls that are alike, as a device makes every five seconds, are one entry whose time is brought up to date once a
minute. Of one serial number 20 entries are kept, of all together 200,000.
"""

from collections.abc import Iterator
from pathlib import Path

from updateserver.redirection.discovery import Called
from updateserver.redirection.io.cache_file import CacheFile
from updateserver.trust.addresses import limit_key

_OF_ONE = 20  # entries
_MANY = 200_000
_AT_ONCE = 100  # entries that go when one comes
_PAUSE = 60  # seconds between two notes of calls that are alike
_LOOKED_AT = 5000  # entries, where each device shall be listed once
_SCHEMA = """
CREATE TABLE IF NOT EXISTS call (id INTEGER PRIMARY KEY, mac TEXT, text TEXT, time INTEGER, customer INTEGER,
    project INTEGER, ip TEXT, localip TEXT, attributes TEXT, network TEXT);
CREATE INDEX IF NOT EXISTS by_mac ON call (mac);
CREATE INDEX IF NOT EXISTS by_time ON call (time);
CREATE INDEX IF NOT EXISTS by_network ON call (network, time);
CREATE INDEX IF NOT EXISTS by_customer ON call (customer, time)
"""
_COLUMNS = "id, mac, text, time, customer, project, ip, localip, attributes"
_OWN = f"SELECT {_COLUMNS} FROM call WHERE mac = ? ORDER BY id DESC LIMIT {_OF_ONE}"  # noqa: S608 - fixed texts
_FORGET_OLD = "DELETE FROM call WHERE id IN (SELECT id FROM call WHERE time < ? ORDER BY time LIMIT ?)"


class Calls:
    """The file in the folder `cache`; used by several threads and processes."""

    def __init__(self, cache: Path) -> None:
        self._file = CacheFile(cache / "redirection-calls.sqlite", _SCHEMA)

    def note(self, call: Called, kept: int) -> None:
        """Remember a call for so many seconds; where that cannot be stored, nobody suffers."""
        with self._file.tolerantly():
            connection = self._file.connection()
            before = [Called(*row) for row in connection.execute(_OWN, (call.mac,))]
            if before and _are_alike(before[0], call):
                if not 0 <= call.time - before[0].time < _PAUSE:
                    connection.execute("UPDATE call SET time = ? WHERE id = ?", (call.time, before[0].id))
                return
            row = (
                call.mac, call.text, call.time, call.customer, call.project, call.ip, call.localip, call.attributes,
                limit_key(call.ip),
            )  # fmt: skip
            written = connection.execute("INSERT INTO call VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row).lastrowid
            if len(before) == _OF_ONE:
                connection.execute("DELETE FROM call WHERE mac = ? AND id <= ?", (call.mac, before[-1].id))
            if written and written % _AT_ONCE == 0:
                connection.execute(_FORGET_OLD, (call.time - kept, 2 * _AT_ONCE))
                connection.execute("DELETE FROM call WHERE id <= ?", (written - _MANY,))

    def of(self, mac: str, since: int) -> list[Called]:
        """Return the calls of a device since then, newest first."""
        with self._file.tolerantly():
            rows = self._file.connection().execute(_OWN, (mac,)).fetchall()
            return [call for call in (Called(*row) for row in rows) if call.time > since]
        return []

    def newest(self, since: int, *, customer: int | None = None, address: str = "", limit: int = 100) -> list[Called]:
        """Return the last calls since then, newest first: of all, of a customer's devices, from an address."""
        with self._file.tolerantly():
            return list(self._walk(since, customer, address, limit))
        return []

    def devices(self, since: int, *, customer: int | None = None, address: str = "", limit: int = 100) -> list[Called]:
        """Return the last call of each device, as `newest` does."""
        found: dict[str, Called] = {}
        with self._file.tolerantly():
            for call in self._walk(since, customer, address, _LOOKED_AT):
                found.setdefault(call.mac, call)
                if len(found) >= limit:
                    break
        return list(found.values())

    def _walk(self, since: int, customer: int | None, address: str, limit: int) -> Iterator[Called]:
        conditions: list[str] = ["time > ?"]
        values: list[int | str] = [since]
        if customer is not None:
            conditions.append("customer = ?")
            values.append(customer)
        if address:
            conditions.append("network = ?")
            values.append(limit_key(address))
        query = f"SELECT {_COLUMNS} FROM call WHERE {' AND '.join(conditions)} ORDER BY time DESC, id DESC LIMIT ?"  # noqa: S608 - fixed texts
        for row in self._file.connection().execute(query, (*values, limit)):
            yield Called(*row)


def _are_alike(one: Called, other: Called) -> bool:
    same = ("text", "customer", "project", "ip", "localip", "attributes")
    return all(getattr(one, name) == getattr(other, name) for name in same)
