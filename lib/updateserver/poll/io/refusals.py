"""What limits refused, for the pages, check-config and the log: a small file below cache/.

Whoever refuses a call because of a limit raises a `Refusal` with the limit's name (or calls `note`), and adds a text
for that name to `REASONS`: it then stands on the overview and in check-config with number and addresses.
"""

import json
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from updateserver.base.counting import Tally, one_more
from updateserver.base.io import files
from updateserver.base.io.files import content_of, only_writer, opened, read
from updateserver.base.times import LAST_TIME
from updateserver.configuration.config import Config
from updateserver.configuration.source import Finding, Node, error, warning
from updateserver.device.admission import is_file
from updateserver.device.io.room import Room
from updateserver.trust.addresses import limit_key

_NEARLY = 0.9
_TRIES = 3
_NEARLY_FULL = "{used} bytes are used: above this limit no new devices are stored; raise it in time"

_LOG = logging.getLogger("updateserver.refusals")

# What a limit refused, with number, addresses and times in the braces; translated on the pages.
REASONS: dict[str, str] = {
    "status/@newperhour": "{n} calls of new devices since {since}, the last at {last}, were above this number for one "
    "address in an hour, and nothing of them was kept: {senders}; raise it only if these are devices of yours",
    "status/@maxtotal": "{n} calls of new devices since {since}, the last at {last}, were not remembered, since the "
    "states take as much room as they may: {senders}; delete devices that are none of yours, or raise it",
    "status/@minfree": "{n} times since {since}, the last at {last}, nothing was kept of a new device, since the disk "
    "is nearly full: {senders}; free some space",
    "status/@accept": "{n} calls since {since}, the last at {last}, were refused, since the serial number is not "
    "accepted: {senders}; add those of devices of yours",
    "status/@approve": "{n} calls since {since}, the last at {last}, of devices that are not accepted were refused: "
    "{senders}",
    "redirection/@unknown": "{n} calls of the redirection since {since}, the last at {last}, had to wait, since their "
    "addresses asked for more unknown serial numbers than this in an hour: {senders}; raise it only if these are yours",
    "backup/@maxtotal": "{n} backups of new devices since {since}, the last at {last}, were not stored, since the "
    "backups take as much room as they may: {senders}; remove backups of devices that are none of yours, or raise it",
    "backup/@perhour": "{n} backups since {since}, the last at {last}, were not stored, since so many different ones "
    "of one device came in an hour: {senders}; look whether somebody uploads in its name",
    "backup/@maxsize": "{n} backups since {since}, the last at {last}, were refused, since they are larger: {senders}",
    "status/@maxsize": "{n} times since {since}, the last at {last}, answers were removed, since a device's state was "
    "larger: {senders}; the device's log tells which; raise it, or ask less",
    "queries": "{n} answers since {since}, the last at {last}, were refused, since nobody had asked the device: "
    "{senders}; once is no harm, such as where its state was deleted meanwhile",
    "queries/@maxsize": "{n} answers since {since}, the last at {last}, were refused, since they are larger: {senders}",
    "customcerts": "{n} signing requests since {since}, the last at {last}, were refused, since nobody had asked the "
    "device for one, or since they are none: {senders}",
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
                self._write(json.dumps(plain).encode())
        except OSError as error:
            _LOG.error("what is refused cannot be counted: %s", files.trouble(error))
            return
        if was is None or was.told != tally.told:
            text = REASONS.get(reason, "{n} calls were refused: {senders}")
            _LOG.warning("%s: %s", reason, text.format(**dict(values_of(tally))))

    def lately(self, now: int) -> dict[str, Tally]:
        """Return what was refused during the last day, by the limits' names."""
        return {reason: tally for reason, tally in self._read().items() if tally.is_current(now)}

    def _write(self, content: bytes) -> None:
        """Write the file in its place: a flood makes that many times a second, and a new file costs much more."""
        self._path.parent.mkdir(exist_ok=True)
        descriptor = opened(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW)
        try:
            os.pwrite(descriptor, content.ljust(os.fstat(descriptor).st_size), 0)
        finally:
            os.close(descriptor)

    def _read(self) -> dict[str, Tally]:
        plain = None
        for _ in range(_TRIES):
            try:
                plain = json.loads(read(self._path) or b"{}")
                break
            except (ValueError, RecursionError):  # damaged, or just being written
                continue
        found = {name: _tally(one) for name, one in plain.items()} if isinstance(plain, dict) else {}
        return {name: one for name, one in found.items() if one}


def limit_findings(root: Path, config: Config, merged: Node) -> Iterator[Finding]:
    """Yield what limits refused during the last day, and which room is nearly used up."""
    now = int(time.time())
    for reason, tally in Refusals(root / "cache", root / "cache" / "locks").lately(now).items():
        if reason in REASONS:
            tag, _, attribute = reason.partition("/@")
            yield warning(REASONS[reason], merged.one(tag), tag, attribute or None, **dict(values_of(tally)))
    yield from _files_of_accept(root, config, merged.one("status"))
    used = Room(root / "cache", root / "cache" / "locks").used()
    for tag, most in (("status", config.status.maxtotal), ("backup", config.backup.maxtotal)):
        if most > 0 and used.get(tag, 0) > most * _NEARLY:
            yield warning(_NEARLY_FULL, merged.one(tag), tag, "maxtotal", used=used[tag])


def _files_of_accept(root: Path, config: Config, node: Node) -> Iterator[Finding]:
    for entry in filter(is_file, config.status.accept):
        try:
            content_of(root / entry)
        except OSError as trouble:
            text = "devices that the other entries do not name are answered 500, since the list cannot be read: {why}"
            yield error(text, node, "status", "accept", why=files.trouble(trouble))


def values_of(tally: Tally) -> tuple[tuple[str, str], ...]:
    """Return what is to be told of a tally, by the names in the texts."""
    since, last = (time.strftime("%Y-%m-%d %H:%M", time.localtime(then)) for then in (tally.since, tally.last))
    return ("n", str(tally.total)), ("since", since), ("last", last), ("senders", tally.senders)


def _tally(plain: Any) -> Tally | None:
    """Return what was written, None where it is not of its kind."""
    try:
        since, last, told, total = (int(plain[name]) for name in ("since", "last", "told", "total"))
        addresses = {str(address): int(count) for address, count in plain["addresses"].items()}
    except (TypeError, KeyError, ValueError, OverflowError, AttributeError):
        return None
    is_possible = all(0 <= number < LAST_TIME for number in (since, last, told, total))
    return Tally(since, last, told, total, addresses) if is_possible else None
