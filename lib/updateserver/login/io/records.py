"""What all processes must know about logins: wrong passwords, known addresses, ended sessions, the signing secret.

The secret is random, made once and readable by nobody else. All else is one small file below cache/, written under a
lock: nothing is lost with it but the memory of the last quarter of an hour and of logouts.
"""

import contextlib
import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from updateserver.base.io import files
from updateserver.base.io.files import content_of, create, only_writer, read, replace
from updateserver.base.times import DAY, LAST_TIME
from updateserver.login.sessions import LIFETIME
from updateserver.login.throttle import WINDOW, Attempt, seconds_to_wait
from updateserver.trust.addresses import limit_key

_LOG = logging.getLogger("updateserver.admin")
_T = TypeVar("_T")
_MANY = 1000  # entries of each kind
_KNOWN = 90 * DAY  # seconds that an address stays known
_PAUSE = 60  # seconds between two lines about slowed tries


@dataclass(frozen=True)
class LoginAttempt:
    """What becomes of a try to get in."""

    wait: int  # seconds until the next try, 0 if this one may be made
    slowed: int = 0  # tries that had to wait since that was last told; 0: nothing is to be told now


@dataclass
class _Page:
    attempts: list[Attempt] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)  # address: last login
    ended: dict[str, int] = field(default_factory=dict)  # session: when it was ended
    slowed: int = 0  # tries that had to wait and were not told of yet
    reported: int = 0  # when such tries were last told of


class LoginRecords:
    """The file in the folder `cache`; `locks` is the folder for lock files. What is no login has a file of its own."""

    def __init__(self, cache: Path, locks: Path, name: str = "admin-door.json") -> None:
        self._path = cache / name
        self._locks = locks
        self._last = _Page()

    def note_attempt(self, address: str, now: int) -> LoginAttempt:
        """Note a try to log in, wrong until `note_success` follows; of those that have to wait only the number."""
        key = limit_key(address)

        def note(page: _Page) -> LoginAttempt:
            wait = seconds_to_wait(page.attempts, key, now, is_known=key in page.known)
            if not wait:
                page.attempts.append(Attempt(now, key))
                return LoginAttempt(0)
            page.slowed += 1
            if 0 <= now - page.reported < _PAUSE:
                return LoginAttempt(wait)
            slowed, page.slowed, page.reported = page.slowed, 0, now
            return LoginAttempt(wait, slowed)

        return self._change(note, now)

    def note_success(self, address: str, now: int) -> None:
        """Note that the last try was right."""
        key = limit_key(address)

        def note(page: _Page) -> None:
            page.attempts = [attempt for attempt in page.attempts if attempt.address != key]
            page.known[key] = now

        self._change(note, now)

    def end(self, session: str, now: int) -> None:
        """Let a session never be valid again."""

        def note(page: _Page) -> None:
            page.ended[session] = now

        self._change(note, now)

    def has_ended(self, session: str) -> bool:
        """Tell whether a session was ended by a logout."""
        return session in self._read().ended

    def _change(self, note: Callable[[_Page], _T], now: int) -> _T:
        try:
            with only_writer(self._locks, "admin door"):
                return self._noted(note, now)
        except OSError as error:
            _LOG.error("logins cannot be noted: %s", files.trouble(error))
            return note(self._last)

    def _noted(self, note: Callable[[_Page], _T], now: int) -> _T:
        page = self._read()
        result = note(page)
        page.attempts = [one for one in page.attempts if 0 <= now - one.time < WINDOW][-_MANY:]
        page.known = dict([(one, min(time, now)) for one, time in page.known.items() if now - time < _KNOWN][-_MANY:])
        page.ended = dict([(one, time) for one, time in page.ended.items() if now - time < LIFETIME][-_MANY:])
        self._last = page
        replace(self._path, json.dumps(_plain(page)).encode(), mode=0o600)
        return result

    def _read(self) -> _Page:
        try:
            content = read(self._path)
        except OSError as error:
            _LOG.error("wrong passwords and logouts of before are not known: %s", files.trouble(error))
            content = None
        if content is None:
            return self._last
        try:
            plain = json.loads(content)
        except (ValueError, RecursionError):
            return self._last
        return _page(plain) if isinstance(plain, dict) else self._last


def _page(plain: dict[str, Any]) -> _Page:
    """Return what was written, without what is not of its kind."""
    pairs = plain.get("attempts")
    found = [one for one in pairs if isinstance(one, list) and len(one) == 2] if isinstance(pairs, list) else []  # noqa: PLR2004
    attempts = [Attempt(time, address) for time, address in found if _is_time(time) and isinstance(address, str)]
    known, ended = _times(plain.get("known")), _times(plain.get("ended"))
    slowed, reported = (number if _is_time(number) else 0 for number in (plain.get("slowed"), plain.get("told")))
    return _Page(attempts, known, ended, slowed, reported)


def _times(plain: object) -> dict[str, int]:
    return {name: time for name, time in plain.items() if _is_time(time)} if isinstance(plain, dict) else {}


def _is_time(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < LAST_TIME


def _plain(page: _Page) -> dict[str, Any]:
    attempts = [(one.time, one.address) for one in page.attempts]
    return {
        "attempts": attempts,
        "known": page.known,
        "ended": page.ended,
        "slowed": page.slowed,
        "told": page.reported,
    }


_LENGTH = 32  # bytes


def session_secret(folder: Path) -> bytes:
    """Return the secret in `session-secret` in this folder, made now if there is none. Raises OSError."""
    path = folder / "session-secret"
    try:
        return _whole(path)
    except FileNotFoundError:
        with contextlib.suppress(FileExistsError):  # another process was faster
            create(path, secrets.token_bytes(_LENGTH))
        return _whole(path)


def _whole(path: Path) -> bytes:
    secret = content_of(path)
    if len(secret) < _LENGTH:
        raise OSError(f"{path} is too short to be a secret: remove it, and a new one is made")
    return secret
