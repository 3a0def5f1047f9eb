"""Which unknown serial numbers were asked for, and from where: `cache/redirection-searches.sqlite`.

It is there to slow down who searches (`redirection/enumeration.py`), and nothing is lost with it.
"""

from pathlib import Path

from updateserver.base.times import WEEK
from updateserver.redirection.enumeration import FEW, WINDOW, Searched, range_of
from updateserver.redirection.io.cache_file import CacheFile
from updateserver.trust.addresses import limit_key

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
        self._file = CacheFile(cache / "redirection-searches.sqlite", _SCHEMA)

    def lately(self, address: str, mac: str, now: int) -> Searched:
        """Return what was asked for within the last hour, as far as it concerns this call."""
        key, since = limit_key(address), now - WINDOW
        with self._file.tolerantly():
            connection = self._file.connection()
            numbers = connection.execute(_NUMBERS, (key, since)).fetchone()[0]
            if numbers < FEW:
                return Searched(numbers, 0)
            searchers = connection.execute(_SEARCHERS, (range_of(mac), since, FEW)).fetchone()[0]
            return Searched(numbers, searchers)
        return Searched(0, 0)

    def note(self, address: str, mac: str, now: int) -> None:
        """Note that an unknown serial number was asked for; only the first time is written."""
        key = limit_key(address)
        with self._file.tolerantly():
            connection = self._file.connection()
            if connection.execute("SELECT 1 FROM asked WHERE address = ? AND mac = ?", (key, mac)).fetchone():
                return
            row = (key, mac, range_of(mac), now)
            # OR IGNORE: another process may have noted the same call of a device that tries twice.
            written = connection.execute("INSERT OR IGNORE INTO asked VALUES (?, ?, ?, ?)", row)
            connection.execute(_FORGET_OLD, (now - _KEPT, _AT_ONCE))
            connection.execute("DELETE FROM asked WHERE rowid <= ?", ((written.lastrowid or 0) - _MANY,))
