"""What all processes must know about logins: wrong passwords, addresses that are known, sessions that were ended.

One small file below cache/, written under a lock. Nothing is lost with it but the memory of the last quarter of an hour
and of logouts.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from updateserver.edge import disk_trouble
from updateserver.edge.files import only_writer, read, replace
from updateserver.rules.sessions import LIFETIME
from updateserver.rules.slowdown import WINDOW, Attempt, seconds_to_wait

_LOG = logging.getLogger("updateserver.admin")
_MANY = 1000  # entries of each kind
_KNOWN = 90 * 86400  # seconds that an address stays known


@dataclass
class _Page:
    attempts: list[Attempt] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)  # address: last login
    ended: dict[str, int] = field(default_factory=dict)  # session: when it was ended


class DoorBook:
    """The file in the folder `cache`; `locks` is the folder for lock files."""

    def __init__(self, cache: Path, locks: Path) -> None:
        self._path = cache / "admin-door.json"
        self._locks = locks
        self._last = _Page()

    def knock(self, address: str, now: int) -> int:
        """Note a try to log in, which is wrong until `welcome` is told; return the seconds to wait instead, if any."""

        def note(page: _Page) -> int:
            wait = seconds_to_wait(page.attempts, address, now, is_known=address in page.known)
            if not wait:
                page.attempts.append(Attempt(now, address))
            return wait

        return self._change(note, now)

    def welcome(self, address: str, now: int) -> None:
        """Note that the last try was right."""

        def note(page: _Page) -> int:
            page.attempts = [attempt for attempt in page.attempts if attempt.address != address]
            page.known[address] = now
            return 0

        self._change(note, now)

    def end(self, session: str, now: int) -> None:
        """Let a session never be valid again."""

        def note(page: _Page) -> int:
            page.ended[session] = now
            return 0

        self._change(note, now)

    def has_ended(self, session: str) -> bool:
        """Tell whether a session was ended by a logout."""
        return session in self._read().ended

    def _change(self, note: Callable[[_Page], int], now: int) -> int:
        try:
            with only_writer(self._locks, "admin door"):
                return self._noted(note, now)
        except OSError as error:
            _LOG.error("logins cannot be noted: %s", disk_trouble.told(error))
            return note(self._last)

    def _noted(self, note: Callable[[_Page], int], now: int) -> int:
        page = self._read()
        result = note(page)
        page.attempts = [one for one in page.attempts if now - one.time < WINDOW][-_MANY:]
        page.known = dict([(one, time) for one, time in page.known.items() if now - time < _KNOWN][-_MANY:])
        page.ended = dict([(one, time) for one, time in page.ended.items() if now - time < LIFETIME][-_MANY:])
        self._last = page
        replace(self._path, json.dumps(_plain(page)).encode(), mode=0o600)
        return result

    def _read(self) -> _Page:
        content = read(self._path)
        if content is None:
            return self._last
        try:
            plain = json.loads(content)
            return _Page([Attempt(*one) for one in plain["attempts"]], dict(plain["known"]), dict(plain["ended"]))
        except (KeyError, TypeError, ValueError):
            return self._last


def _plain(page: _Page) -> dict[str, Any]:
    attempts = [(one.time, one.address) for one in page.attempts]
    return {"attempts": attempts, "known": page.known, "ended": page.ended}
