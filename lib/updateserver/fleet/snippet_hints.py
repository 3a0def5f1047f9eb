"""Snippet files as admins look at them: which devices they reach, and what is risky in them. Times are Unix seconds.

Plain-language hints for lines of a snippet that are risky (Howto: PHP based Update Server V2, Hints).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from updateserver.base.secrets import holds_secrets, without_secrets
from updateserver.base.text import shown
from updateserver.configuration.config import Times
from updateserver.fleet.snippet_text import text_faults


@dataclass(frozen=True, slots=True)
class Hint:
    """A line of a snippet that an admin should look at twice; `line` counts from 1, `kind` is a fixed word for it."""

    line: int
    text: str  # the line itself, shortened, its secrets hidden
    kind: str
    advice: str  # in plain English


@dataclass(frozen=True, slots=True)
class SnippetUse:
    """A snippet file and the devices that get it at their next delivery, as far as they are known."""

    filename: str  # as configured: scripts/update-all-all.txt
    changed: int
    size: int
    devices: int
    examples: tuple[str, ...]  # some of their serial numbers
    is_held_back: bool  # younger than the grace time: these devices get nothing until it is older
    is_possible: bool  # False: no phase, class or environment of the configuration has this name
    hints: tuple[Hint, ...] = ()
    trouble: str = ""  # why it cannot be read: these devices get status 500 until it can be


@dataclass(frozen=True, slots=True)
class Stranded:
    """Devices in a phase or environment that is no longer defined."""

    kind: str  # "phase" or "environment"
    name: str
    devices: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissingFirmware:
    """A file that devices are told to load, and that is not there."""

    path: str  # below the root
    type: str
    build: str
    devices: int  # of this type


@dataclass(frozen=True, slots=True)
class SnippetOverview:
    """Snippet files, all or a part of them, and what does not fit together."""

    files: tuple[SnippetUse, ...]
    count: int  # of all files
    without_any: tuple[str, ...]  # serial numbers of devices that no file applies to; at most 100 of them
    without_any_count: int
    stranded: tuple[Stranded, ...]
    grace: int  # seconds
    now: int
    pending: int = 0  # state files that were not read yet


_MOST = 100  # hints of one file
_URL = re.compile(r"config (?:add|change|rem|del) UP1\b.*\s/url\b", re.IGNORECASE)
_CHANGE = re.compile(r"config change UP1\b", re.IGNORECASE)
_COMMAND = re.compile(r"mod cmd UP1\b", re.IGNORECASE)
_VARIABLE = re.compile(r"vars create (?!\s*$)", re.IGNORECASE)
_RESET = re.compile(r"i?reset[a-z]*(?: .*)?|mod cmd \S+ (?:.*[/ ])?i?reset[a-z]*(?: .*)?|erase\b.*", re.IGNORECASE)

_ADVICE = {
    "url": "This changes the address that the device gets its scripts from. It is lost to this server if that is "
    "wrong, and the server itself changes this address where it must.",
    "up1": "'config change' replaces all settings of the update client, its address included. 'config add' and "
    "'config rem' change one of them.",
    "command": "The server itself steers the update client by 'mod cmd UP1': times, polling and the CHECK serial. "
    "A command here may undo that.",
    "variable": "'vars create' always makes a reset necessary. While times/@check is off, scripts are run again at "
    "each poll: the device restarts each time.",
    "reset": "The server ends each script with a reset where one is needed. A reset in a snippet keeps what follows "
    "from being run, and may repeat at each poll.",
    "password": "This delivers a password to whoever asks with the right serial number, as times/@forcetrust is not on "
    "(with times/@forcehttps). Turn it on, or leave the password out.",
}


def hints(content: bytes, times: Times) -> Iterator[Hint]:
    """Yield hints for what an editor left in a snippet, and for each risk in each line; comments are none."""
    for fault in text_faults(content):
        yield Hint(max(fault.line, 1), "", "text", fault.advice)
    count = 0
    for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
        text = " ".join(line.split())
        if not text or text.startswith("#"):
            continue
        for kind in _kinds(text, times):
            yield Hint(number, shown(without_secrets(text)), kind, _ADVICE[kind])
            count += 1
        if count >= _MOST:
            return


def _kinds(line: str, times: Times) -> Iterator[str]:
    if _CHANGE.match(line):
        yield "up1"
    if _URL.match(line):
        yield "url"
    if _COMMAND.match(line):
        yield "command"
    if _VARIABLE.match(line) and not times.check:
        yield "variable"
    if _RESET.fullmatch(line):
        yield "reset"
    if not times.trust_needed and holds_secrets(line):
        yield "password"
