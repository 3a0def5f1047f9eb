"""Provisioning codes and who tried which: `cache/redirection-codes.sqlite`.

Codes are good for a day or so and can be made anew, so they lie in the cache. Each is used once, however many devices
come with it at the same moment.
"""

import logging
import secrets
import time
from dataclasses import replace
from pathlib import Path

from updateserver.base.message import Message
from updateserver.base.times import DAY
from updateserver.login.io.audit import Audit, AuditEntry
from updateserver.login.io.records import LoginRecords
from updateserver.redirection.asking import Asking
from updateserver.redirection.codes import DIGITS, USUAL, ProvisioningCode, code_in
from updateserver.redirection.io.cache_file import CacheFile
from updateserver.redirection.registry import Registry
from updateserver.trust.addresses import limit_key

_LOG = logging.getLogger("updateserver.redirection")
_KEPT = 30 * DAY  # seconds that codes are listed after their end
_MANY = 100_000  # tries that are remembered
_SCHEMA = """
CREATE TABLE IF NOT EXISTS code (code TEXT PRIMARY KEY, project INTEGER, env TEXT, name TEXT, until INTEGER, mac TEXT);
CREATE TABLE IF NOT EXISTS tried (address TEXT, code TEXT, UNIQUE (address, code))
"""
_COLUMNS = "code, project, env, name, until, mac"


class ProvisioningCodes:
    """The codes of the installation in the folder `root`; used by several threads and processes."""

    def __init__(self, root: Path) -> None:
        self._file = CacheFile(root / "cache" / "redirection-codes.sqlite", _SCHEMA)
        self._audit = Audit(root / "audit" / "audit.jsonl")
        # attempts of their own: wrong codes of devices keep no admin behind the same address waiting
        self._records = LoginRecords(root / "cache", root / "cache" / "locks", "redirection-attempts.json")

    def make(self, wanted: ProvisioningCode, hours: int = USUAL) -> ProvisioningCode:
        """Make a code for what is wanted, good for so many hours. Raises OSError and sqlite3.Error."""
        now = int(time.time())
        connection = self._file.connection()
        connection.execute("DELETE FROM code WHERE until < ?", (now - _KEPT,))
        while True:
            number = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
            made = replace(wanted, code=number, until=now + hours * 3600)
            row = (number, made.project, ",".join(made.environments), made.name, made.until)
            if connection.execute("INSERT OR IGNORE INTO code VALUES (?, ?, ?, ?, ?, '')", row).rowcount:
                return made

    def all(self) -> list[ProvisioningCode]:
        """Return all codes that are good or were used lately, the one that ends last first."""
        with self._file.tolerantly():
            rows = self._file.connection().execute(f"SELECT {_COLUMNS} FROM code ORDER BY until DESC LIMIT 1000")  # noqa: S608
            return [_code(row) for row in rows]
        return []

    def typed(self, asking: Asking, registry: Registry, now: int) -> None:
        """Have a device go where the code says that was typed on it, if it is a good one."""
        code = code_in(asking.code)
        if code:
            with self._file.tolerantly():
                self._try(code, asking, registry, now)

    def _try(self, code: str, asking: Asking, registry: Registry, now: int) -> None:
        key, connection = limit_key(asking.address), self._file.connection()
        if connection.execute("SELECT 1 FROM code WHERE code = ? AND mac = ?", (code, asking.mac)).fetchone():
            return  # its answer got lost
        # a device sends what was typed with each poll: that is no further guess
        is_old = connection.execute("SELECT 1 FROM tried WHERE address = ? AND code = ?", (key, code)).fetchone()
        if not is_old and (wait := self._records.note_attempt(asking.address, now).wait):
            _LOG.warning("%s: too many wrong provisioning codes, the next one counts in %d s", asking.address, wait)
            return
        taken = "UPDATE code SET mac = ? WHERE code = ? AND mac = '' AND until > ?"
        if not connection.execute(taken, (asking.mac, code, now)).rowcount:
            written = connection.execute("INSERT OR IGNORE INTO tried VALUES (?, ?)", (key, code))
            connection.execute("DELETE FROM tried WHERE rowid <= ?", ((written.lastrowid or 0) - _MANY,))
            return
        self._records.note_success(asking.address, now)
        found = connection.execute(f"SELECT {_COLUMNS} FROM code WHERE code = ?", (code,)).fetchone()  # noqa: S608
        try:
            refused = registry.assign([_code(found).assignment(asking.mac)]).refused
        except (KeyError, OSError) as error:
            connection.execute("UPDATE code SET mac = '' WHERE code = ?", (code,))
            _LOG.error("%s: %s cannot be assigned by its code: %s", asking.address, asking.mac, error)
            return
        details = Message("project {project}", project=_code(found).project)
        if refused:
            details = Message("owned by another customer")
        self._audit.note(AuditEntry(now, "", asking.address, "provisioning code", asking.mac, details))


def _code(row: tuple[str, int, str, str, int, str]) -> ProvisioningCode:
    code, project, env, name, until, mac = row
    return ProvisioningCode(code, project, tuple(filter(None, env.split(","))), name, until, mac)
