"""What is kept about each device: one XML file, in the format of the PHP version.

See docs/behaviour.md: State of a device.

Reading takes no lock, as files are only ever replaced whole. What a call changes is applied to the file as it is by
then, under the device's lock, so that calls at the same moment lose nothing of each other.
"""

import logging
import os
import re
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from updateserver.edge import state_log
from updateserver.edge.files import content_of, only_writer, replace
from updateserver.edge.known import child
from updateserver.model.steps import Answered, Change, Delivered, Forget, ForgetAnswer, Log, Note, Remember

_LOG = logging.getLogger("updateserver.state")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MESSAGES = 300  # log messages of one device that are always kept for logkeep seconds,
_MESSAGES_A_MINUTE = 10  # and so many for each minute of it: the file is read and written at each call
_MESSAGE_LENGTH = 1000
_DIGITS = 20  # of a time


class _Parser(threading.local):
    """A thread's own parser: to make one each time takes long beside reading a state, and threads must not share one.

    They would share its dictionary of names, too, which libxml2 does not guard.
    """

    def __init__(self) -> None:
        # With collect_ids, two answers that hold the same xml:id would make a state unreadable.
        self.parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False
        )


_OWN = _Parser()


def parsed(document: bytes) -> etree._Element:
    """Return XML that may be hostile: no entities, no network, no size beyond lxml's limits. Raises XMLSyntaxError."""
    return etree.fromstring(document, _OWN.parser)


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
    """When something is recorded (Unix seconds), and for how many seconds log messages are kept."""

    now: int
    logkeep: int


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
        """Return the same with the log beside it, where it stands as this server writes it."""
        try:
            return _opened(content_of(f"{folder}/{sn}.xml"))
        except (OSError, _Unreadable):
            return nothing()

    def record(
        self, folder: Path, sn: str, changes: Iterable[Change], keeping: Keeping, was: Snapshot | None = None
    ) -> None:
        """Apply what a call changed; `was` is the state as the call read it. Raises OSError if it cannot be stored."""
        path = f"{folder}/{sn}.xml"
        with only_writer(self._locks, sn):
            state, _, log = _as_it_is(path, was)
            _read_old_form(state)
            _know(state, log, sn, keeping.now)
            messages = apply(state, changes, keeping.now)
            log = b"".join([_taken_out(state), log, *(state_log.message(keeping.now, text) for text in messages)])
            most = max(_MESSAGES, keeping.logkeep * _MESSAGES_A_MINUTE // 60)
            log = state_log.trimmed(log, keeping.now - keeping.logkeep, most)
            replace(path, b'<?xml version="1.0"?>\n' + state_log.joined(etree.tostring(state), log) + b"\n")


def apply(state: etree._Element, changes: Iterable[Change], now: int) -> list[str]:
    """Make changes to a state in memory; return the messages for its log."""
    messages: list[str] = []
    moment = str(now)
    state.set("seen", moment)
    elements = {"state": state}
    configs: dict[str, etree._Element] = {}
    for change in changes:  # most of them are of the first two kinds
        if isinstance(change, Remember):
            element = elements.get(change.element)
            if element is None:
                element = elements[change.element] = _child(state, change.element)
            for name, value in change.values.items():
                if element.get(name) != value:
                    element.set(name, xml_text(value))
        elif isinstance(change, (Log, Note)):
            messages.append(xml_text(change.message[:_MESSAGE_LENGTH]))
        elif isinstance(change, Delivered):
            configs = configs or {config.get("filename", ""): config for config in state.iterchildren("config")}
            name = xml_text(change.filename)
            if name not in configs:
                configs[name] = etree.SubElement(state, "config", filename=name)
            config = configs[name]
            config.set("delivered", moment)
            config.set("version", str(change.version))
        else:
            _forget_or_answer(state, change, now)
    return messages


def _forget_or_answer(state: etree._Element, change: Forget | Answered | ForgetAnswer, now: int) -> None:
    match change:
        case Forget(element, attribute):
            (state if element == "state" else _child(state, element)).attrib.pop(attribute, "")
        case Answered(query, content):
            _answer(_child(state, "queries"), query, content, now)
        case ForgetAnswer(query):
            etree.strip_elements(_child(state, "queries"), query)


def so_far(was: Snapshot, changes: Iterable[Change], now: int) -> etree._Element:
    """Return a state with its log as it will be when changes are made; `was` is left as it is."""
    state = nothing().state if was.content is None else parsed(was.content)
    for message in apply(state, changes, now):
        etree.SubElement(state, "msgs", time=str(now), msg=message)
    return state


def xml_text(text: str) -> str:
    """Return `text` with U+FFFD for what XML cannot hold."""
    return text if text.isprintable() else _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def answer_element(query: str, content: str, seen: int) -> etree._Element:
    """Return a query's answer as an element.

    Raises XMLSyntaxError if the answer is not well-formed, or so deep that the state could not be read with it.
    """
    document = f'<{query} seen="{seen}">{content}</{query}>'
    answer = parsed(document.encode())
    parsed(f"<state><queries>{document}</queries></state>".encode())
    return answer


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
        _child(state, "bootcode").set("requested", build.removesuffix("bootcode"))


def _know(state: etree._Element, log: bytes, sn: str, now: int) -> None:
    """Keep whose state it is, and when the device was seen for the first time, or as early as the state can tell."""
    device = _child(state, "device")
    if device.get("sn") != sn:
        device.set("sn", sn)
    if device.get("known") is None:
        told = [message.get("time", "") for message in state.iterchildren("msgs")]
        told += [config.get("delivered", "") for config in state.iterchildren("config")]
        moments = [_number(text) for text in told] + state_log.times(log)
        device.set("known", str(min([now, *filter(None, moments)])))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0


def _child(state: etree._Element, name: str) -> etree._Element:
    found = child(state, name)
    return etree.SubElement(state, name) if found is None else found


def _answer(queries: etree._Element, query: str, content: str, seen: int) -> None:
    answer, old = answer_element(query, content, seen), queries.find(query)
    if old is None:
        queries.append(answer)
    else:
        queries.replace(old, answer)
