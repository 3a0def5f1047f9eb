"""Snippet files as admins look at them: which devices they reach, and what is risky in them. Times are Unix seconds."""

from dataclasses import dataclass


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
