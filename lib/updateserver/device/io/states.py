"""What is kept about each device: one XML file, in the format of the PHP version.

See docs/behaviour.md: State of a device.

Reading takes no lock, as files are only ever replaced whole. What a call changes is applied to the file as it is by
then, under the device's lock, so that calls at the same moment lose nothing of each other.
"""

import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from updateserver.base.hostile_xml import parsed
from updateserver.base.io.files import content_of, only_writer, replace
from updateserver.configuration.config import Status
from updateserver.device import state_log
from updateserver.device.state_changes import apply, made_child, within
from updateserver.device.steps import Change
from updateserver.device.stored import child

_LOG = logging.getLogger("updateserver.state")
_MESSAGES = 300  # log messages of one device that are always kept for logkeep seconds,
_MESSAGES_A_MINUTE = 10  # and so many for each minute of it: the file is read and written at each call
_DIGITS = 20  # of a time
_GONE = "the state is larger than status/@maxsize: the answer to query '{}' was removed"
_DECLARATION = b'<?xml version="1.0"?>\n'


class _Unreadable(Exception):
    """A file does not hold the state of a device."""


class Snapshot(NamedTuple):
    """A device's state at one moment, and the file's content; None where there was no file that could be read.

    The log, or most of it, may stand beside the state, see `state_log`.
    """

    state: etree._Element
    content: bytes | None
    log: bytes = b""


def nothing() -> Snapshot:
    """Return the state of a device of which nothing is known."""
    return Snapshot(etree.Element("state"), None)


class Keeping(NamedTuple):
    """When something is recorded (Unix seconds), and how much of it is kept."""

    now: int
    logkeep: int  # seconds
    maxsize: int  # bytes of the file

    @classmethod
    def of(cls, status: Status, now: int) -> "Keeping":
        """Return how much the site wants to be kept."""
        return cls(now, status.logkeep, status.maxsize)

    @property
    def least_log(self) -> int:
        """Return how many bytes of the file are the log's, whatever else there is."""
        return self.maxsize // 8

    def trimmed(self, log: bytes, room: int) -> bytes:
        """Return a log without what is too old or too much; there is room for so many bytes."""
        most = max(_MESSAGES, self.logkeep * _MESSAGES_A_MINUTE // 60)
        return state_log.trimmed(log, self.now - self.logkeep, most, max(self.least_log, room))


class States:
    """The state files of all devices; `locks` is the folder for lock files."""

    def __init__(self, locks: Path) -> None:
        self._locks = locks

    def read(self, folder: Path, sn: str) -> Snapshot:
        """Return the state of a device with its log, a fresh one if there is none or it cannot be read."""
        try:
            content = content_of(f"{folder}/{sn}.xml")
            return Snapshot(_state(content), content)
        except (OSError, _Unreadable):
            return nothing()

    def read_for_poll(self, folder: Path, sn: str) -> Snapshot:
        """Return the same with the log beside it, where it stands as this server writes it.

        Raises OSError for a file that is there, but may not be read: the device is not a new one.
        """
        try:
            return _opened(content_of(f"{folder}/{sn}.xml"))
        except (FileNotFoundError, NotADirectoryError, _Unreadable):
            return nothing()

    def record(
        self, folder: Path, sn: str, changes: Iterable[Change], keeping: Keeping, was: Snapshot | None = None
    ) -> tuple[str, ...]:
        """Apply what a call changed; `was` is the state as the call read it. Raises OSError if it cannot be stored.

        Return which queries' answers had to go, so that the file becomes no larger than it may.
        """
        path = f"{folder}/{sn}.xml"
        # The rules ran without a lock, so the file may be another one by now: two uploads of one poll often arrive at
        # the same moment (docs/differences.md, 10).
        with only_writer(self._locks, sn):
            state, _, log = _as_it_is(path, was)
            _read_old_form(state)
            _know(state, log, sn, keeping.now)
            messages = apply(state, changes, keeping.now)
            older = _taken_out(state)
            content, gone = within(state, keeping.maxsize - keeping.least_log)
            messages += [_GONE.format(query) for query in gone]
            log = b"".join([older, log, *(state_log.message(keeping.now, text) for text in messages)])
            log = keeping.trimmed(log, keeping.maxsize - len(content))
            # Not synced to the disk: after a crash the next poll tells a lost second again, and a sync takes longer
            # than all the rest.
            replace(path, _DECLARATION + state_log.joined(content, log) + b"\n")
        return gone


def with_changes(was: Snapshot, changes: Iterable[Change], now: int) -> etree._Element:
    """Return a state with its log as it will be when changes are made; `was` is left as it is."""
    state = nothing().state if was.content is None else parsed(was.content)
    for message in apply(state, changes, now):
        etree.SubElement(state, "msgs", time=str(now), msg=message)
    return state


def _opened(content: bytes) -> Snapshot:
    """Return the state in a file with its log beside it. Raises _Unreadable."""
    beginning, log = state_log.split(content)
    if log:
        try:
            return Snapshot(_state(beginning), content, log)
        except _Unreadable:
            pass  # what looked like our log is part of an answer
    return Snapshot(_state(content), content)


def _state(document: bytes) -> etree._Element:
    try:
        state = parsed(document)
    except etree.XMLSyntaxError as error:
        raise _Unreadable(str(error)) from error
    if state.tag != "state":
        raise _Unreadable(f"it is a <{state.tag!s:.100}>, not a <state>")
    return state


def _as_it_is(file: str, was: Snapshot | None) -> Snapshot:
    """Return the state in a file, as it was parsed before if it is still the same.

    A file that cannot be read is kept aside under another name.
    """
    try:
        content = content_of(file)
        return was if was and content == was.content else _opened(content)
    except FileNotFoundError:
        return nothing()
    except _Unreadable as error:
        path = Path(file)
        aside = path.with_name(f"{path.name}.unreadable-{time.time_ns()}")
        # Kept, not removed: an admin may want to see what happened to it, and the device needs a state now.
        os.replace(path, aside)  # noqa: PTH105
        _LOG.error("state %s cannot be read (%s): kept as %s, the device starts anew", path, error, aside.name)
        return nothing()


def _taken_out(state: etree._Element) -> bytes:
    """Remove the log messages from a state, such as PHP's, and return them as they are written at its end."""
    log: list[bytes] = []
    if child(state, "msgs") is not None:
        for element in state.findall("msgs"):
            log.append(state_log.message(_number(element.get("time", "")), element.get("msg", "")))
            state.remove(element)
    return b"".join(log)


def _read_old_form(state: etree._Element) -> None:
    """Move a wanted boot code build from where build 2033 wrote it (docs/differences.md, 4)."""
    build = state.get("requested", "")
    if build.endswith("bootcode"):
        del state.attrib["requested"]
        made_child(state, "bootcode").set("requested", build.removesuffix("bootcode"))


def _know(state: etree._Element, log: bytes, sn: str, now: int) -> None:
    """Keep whose state it is, and when the device was seen for the first time, or as early as the state can tell."""
    device = made_child(state, "device")
    if device.get("sn") != sn:
        device.set("sn", sn)
    known = device.get("known")
    if known is None or _number(known) > time.time():  # written while the clock was ahead
        texts = [message.get("time", "") for message in state.iterchildren("msgs")]
        texts += [config.get("delivered", "") for config in state.iterchildren("config")]
        moments = [_number(text) for text in texts] + state_log.times(log)
        # A state of PHP's does not hold it, so the oldest time in it counts: policies ask how long a device is known.
        device.set("known", str(min([now or int(time.time()), *filter(None, moments)])))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
