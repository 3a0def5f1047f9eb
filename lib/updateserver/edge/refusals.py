"""What limits refused, for the pages, check-config and the log: a small file below cache/.

Whoever refuses something because of a limit calls `note` with the limit's name and the caller's address, and adds a
text for that name to `REASONS`; the text then stands on the overview and in check-config with number and addresses.
"""

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

from updateserver.edge import disk_trouble
from updateserver.edge.audit import LAST_TIME
from updateserver.edge.files import only_writer, read, replace
from updateserver.rules.addresses import limit_key
from updateserver.rules.tally import Tally, one_more

_LOG = logging.getLogger("updateserver.refusals")

REASONS: dict[str, str] = {  # limit: what was refused; translated on the pages
    "status/@newperhour": "new devices were not remembered: too many from one address in an hour",
    "status/@maxtotal": "new devices were not remembered: the states take up as much room as they may",
    "status/@minfree": "new devices or backups were not stored: the disk is nearly full",
    "status/@accept": "calls were refused: their serial numbers are not accepted",
    "status/@approve": "calls of devices that an admin refused",
    "backup/@maxtotal": "backups of new devices were not stored: the backups take up as much room as they may",
}


class Refusals:
    """The file in the folder `cache`; `locks` is the folder for lock files."""

    def __init__(self, cache: Path, locks: Path) -> None:
        self._path = cache / "refusals.json"
        self._locks = locks

    def note(self, reason: str, address: str, now: int) -> None:
        """Count one more; each reason is told in the log at most once a minute."""
        try:
            with only_writer(self._locks, "counts refusals"):
                tallies = self._read()
                was = tallies.get(reason)
                tally = tallies[reason] = one_more(was, limit_key(address), now)
                plain = {name: asdict(one) for name, one in tallies.items() if one.is_current(now)}
                replace(self._path, json.dumps(plain).encode())
        except OSError as error:
            _LOG.error("what is refused cannot be counted: %s", disk_trouble.told(error))
            return
        if was is None or was.told != tally.told:
            what = REASONS.get(reason, "calls were refused")
            _LOG.warning("%s: %d %s, last from %s", reason, tally.total, what, address)

    def lately(self, now: int) -> dict[str, Tally]:
        """Return what was refused during the last day, by the limits' names."""
        return {reason: tally for reason, tally in self._read().items() if tally.is_current(now)}

    def _read(self) -> dict[str, Tally]:
        try:
            plain = json.loads(read(self._path) or b"{}")
        except (ValueError, RecursionError):
            return {}
        found = {name: _tally(one) for name, one in plain.items()} if isinstance(plain, dict) else {}
        return {name: one for name, one in found.items() if one}


def _tally(plain: Any) -> Tally | None:
    """Return what was written, None where it is not of its kind."""
    try:
        since, last, told, total = (int(plain[name]) for name in ("since", "last", "told", "total"))
        addresses = {str(address): int(count) for address, count in plain["addresses"].items()}
    except (TypeError, KeyError, ValueError, OverflowError, AttributeError):
        return None
    is_possible = all(0 <= number < LAST_TIME for number in (since, last, told, total))
    return Tally(since, last, told, total, addresses) if is_possible else None
