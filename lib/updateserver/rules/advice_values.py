"""Values of attributes that are not of their kind, and what becomes of them."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from updateserver.model.source import Finding, Node, warning
from updateserver.model.tag import Attribute, Kind
from updateserver.rules.addresses import network
from updateserver.rules.configure import listed
from updateserver.rules.values import begins_with_number, leading_number, trimmed

_NUMBER = re.compile("-?[0-9]+")
_WANTED = {
    Kind.SECONDS: "a number of seconds",
    Kind.MINUTES: "a number of minutes",
    Kind.DAYS: "a number of days",
    Kind.BYTES: "a number of bytes",
    Kind.COUNT: "a number",
    Kind.PLACE: "a number",
    Kind.PORT: "a number",
}
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
        return _Problem("nothing but blanks counts as not set: write {wanted}, or nothing", {"wanted": wanted})
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
        return "the default"
    return str(leading_number(text))


def _switch(text: str) -> _Problem | None:
    return None if text in {"true", "false"} else _Problem("counts as false: write true or false")


def _hours(text: str) -> _Problem | None:
    if not trimmed(text):
        return _Problem("nothing but blanks counts as not set: write {wanted}, or nothing", {"wanted": "hours"})
    for hour in text.split(","):
        if not _NUMBER.fullmatch(hour.strip()) or int(hour) not in _HOURS:
            message = "{hour} is no hour: write hours from 0 to 23, parted by commas, such as 22,23,0,1"
            return _Problem(message, {"hour": repr(hour)})
    if any(letter.isspace() for letter in text):
        message = "devices get it with its blanks: write {right}"
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
            return _Problem("{address} is everybody: name your own ones", {"address": address})
    return None


def _urlmod(text: str) -> _Problem | None:
    from updateserver.rules.urlmod import parse  # noqa: PLC0415 -- slow to import, and seldom needed

    try:
        parse(text)
    except ValueError as problem:
        return _Problem("{why}; URLs are not modified", {"why": problem})
    return None


_JUDGES: dict[Kind, Callable[[str], _Problem | None]] = {
    Kind.SWITCH: _switch,
    Kind.HOURS: _hours,
    Kind.ADDRESSES: _addresses,
    Kind.URLMOD: _urlmod,
}
