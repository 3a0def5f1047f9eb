"""Values of attributes that are not of their kind, and what becomes of them.

Tags and attributes that the server does not know, not there, or not so often.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from updateserver.base.message import Message
from updateserver.base.similar import most_similar
from updateserver.configuration.source import Finding, Node, warning
from updateserver.configuration.tag import Attribute, Kind, Tag
from updateserver.configuration.typed import listed
from updateserver.configuration.values import begins_with_number, leading_number, trimmed
from updateserver.configuration.vocabulary import CONFIG
from updateserver.trust.addresses import network

_NUMBER = re.compile("-?[0-9]+")
_WANTED = {
    Kind.SECONDS: Message("a number of seconds"),
    Kind.MINUTES: Message("a number of minutes"),
    Kind.DAYS: Message("a number of days"),
    Kind.BYTES: Message("a number of bytes"),
    Kind.COUNT: Message("a number"),
    Kind.PLACE: Message("a number"),
    Kind.PORT: Message("a number"),
}
_BLANK = "white space alone counts as not set: write {wanted}, or nothing"
_HOURS = range(24)
_PORTS = range(1, 65536)
_SENT = "not {wanted}: devices get it as it is; write digits only"
_COUNTS = "not {wanted}: counts as {number}; write digits only"


class _Problem(NamedTuple):
    text: str
    values: Mapping[str, object] = {}


def value_advice(node: Node, attribute: Attribute, path: str) -> Iterator[Finding]:
    """Yield what is wrong with an attribute that is set; the empty text counts as not set."""
    text = node.get(attribute.name)
    problem = None
    if attribute.kind is Kind.FLAG:
        problem = _flag(text)
    elif text and attribute.kind in _WANTED:
        problem = _number(text, attribute)
    elif text and attribute.kind in _JUDGES:
        problem = _JUDGES[attribute.kind](text)
    if problem:
        yield warning(problem.text, node, path, attribute.name, **problem.values)


def _flag(text: str) -> _Problem | None:
    if text.lower() in {"false", "no", "off", "0"}:
        return _Problem(
            "its text does not matter, an environment is meant: leave the attribute out where a class is meant"
        )
    return None


def _number(text: str, attribute: Attribute) -> _Problem | None:
    written = text if attribute.sent else trimmed(text)
    wanted = _WANTED[attribute.kind]
    if not trimmed(text):
        return _Problem(_BLANK, {"wanted": wanted})
    if not _NUMBER.fullmatch(written):
        if attribute.sent:
            return _Problem(_SENT, {"wanted": wanted})
        return _Problem(_COUNTS, {"wanted": wanted, "number": _as_read(text, attribute)})
    if attribute.kind is Kind.PORT and int(written) not in _PORTS:
        return _Problem("not a port: write a number from 1 to 65535")
    if written.startswith("-") and attribute.kind is not Kind.PLACE:
        return _Problem("negative: write {wanted} from 0", {"wanted": wanted})
    return None


def _as_read(text: str, attribute: Attribute) -> str:
    if attribute.kind in (Kind.COUNT, Kind.MINUTES) and not begins_with_number(text):
        return Message("the default")
    return str(leading_number(text))


def _switch(text: str) -> _Problem | None:
    return None if text in {"true", "false"} else _Problem("counts as false: write true or false")


def _hours(text: str) -> _Problem | None:
    if not trimmed(text):
        return _Problem(_BLANK, {"wanted": Message("hours")})
    for hour in text.split(","):
        if not _NUMBER.fullmatch(hour.strip()) or int(hour) not in _HOURS:
            message = "{hour} is no hour: write hours from 0 to 23, separated by commas, such as 22,23,0,1"
            return _Problem(message, {"hour": repr(hour)})
    if any(letter.isspace() for letter in text):
        message = "devices get it with its spaces: write {right}"
        return _Problem(message, {"right": ",".join(hour.strip() for hour in text.split(","))})
    return None


def _addresses(text: str) -> _Problem | None:
    for address in listed(text, ","):
        try:
            found = network(address)
        except ValueError:
            message = "{address} is no address: write addresses or networks, such as 10.0.0.1,10.1.0.0/16"
            return _Problem(message, {"address": repr(address)})
        if not found.prefixlen:
            return _Problem("{address} includes everybody: name your own addresses only", {"address": address})
    return None


def _urlmod(text: str) -> _Problem | None:
    from updateserver.poll.url_modification import parse  # noqa: PLC0415 -- slow to import, and seldom needed

    try:
        parse(text)
    except ValueError as problem:
        return _Problem("{why}; URLs are not modified", {"why": problem.args[0] if problem.args else problem})
    return None


_JUDGES: dict[Kind, Callable[[str], _Problem | None]] = {
    Kind.SWITCH: _switch,
    Kind.HOURS: _hours,
    Kind.ADDRESSES: _addresses,
    Kind.URLMOD: _urlmod,
}


def word_advice(merged: Node, own: Node) -> Iterator[Finding]:
    """Yield unknown, misplaced and repeated tags and attributes, and values that are not of their kind."""
    if own.tag != CONFIG.name:
        yield warning("the outermost tag should be <config>", own, own.tag)
    yield from _attributes(merged, CONFIG, CONFIG.name)
    yield from _children(merged, CONFIG, "")


def _children(node: Node, known: Tag, path: str) -> Iterator[Finding]:
    seen: dict[str, Node] = {}
    for child in node.children:
        here = f"{path}/{child.name}" if path else child.name
        tag = known.child(child.tag)
        if tag is None:
            yield _unknown_tag(child, known, here)
            continue
        first = seen.setdefault(child.tag, child)
        if first is not child and not tag.several:
            message = "given more than once: only the one at {place} counts; merge them into one"
            yield warning(message, child, here, place=f"{first.file}:{first.line}")
        if tag.text is None and trimmed(child.text):
            yield warning("this text is not used: <{tag}> holds none", child, here, tag=child.tag)
        yield from _attributes(child, tag, here)
        yield from _children(child, tag, here)


def _attributes(node: Node, tag: Tag, path: str) -> Iterator[Finding]:
    for name in node.attributes:
        attribute = tag.attribute(name)
        if attribute is None:
            yield _unknown_attribute(node, name, tag, path)
        else:
            yield from value_advice(node, attribute, path)


def _unknown_tag(node: Node, parent: Tag, path: str) -> Finding:
    if homes := [home.rpartition("/")[0] or CONFIG.name for home, tag in _tags(CONFIG) if tag.name == node.tag]:
        return warning(
            "<{tag}> is not known here; it belongs to {homes}", node, path, tag=node.tag, homes=_joined(homes)
        )
    meant = most_similar(node.tag, [child.name for child in parent.children])
    return warning("<{tag}> is not known here", node, path, tag=node.tag, meant=meant)


def _unknown_attribute(node: Node, name: str, tag: Tag, path: str) -> Finding:
    if homes := [home for home, other in _tags(CONFIG) if other.attribute(name)]:
        return warning("not known here; it belongs to {homes}", node, path, name, homes=_joined(homes))
    meant = most_similar(name, [attribute.name for attribute in tag.attributes])
    return warning("not known here", node, path, name, meant=meant)


def _joined(homes: list[str]) -> str:
    return " / ".join(f"<{home}>" for home in homes)


def _tags(tag: Tag, path: str = "") -> Iterator[tuple[str, Tag]]:
    for child in tag.children:
        here = f"{path}/{child.name}" if path else child.name
        yield here, child
        yield from _tags(child, here)
