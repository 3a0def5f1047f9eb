"""Values of attributes that are not of their kind, and what becomes of them."""

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_network

from updateserver.model.source import Finding, Node, warning
from updateserver.model.tag import Attribute, Kind
from updateserver.rules.configure import listed
from updateserver.rules.values import begins_with_number, leading_number, trimmed

_NUMBER = re.compile("-?[0-9]+")
_UNITS = {
    Kind.SECONDS: "seconds",
    Kind.MINUTES: "minutes",
    Kind.DAYS: "days",
    Kind.BYTES: "bytes",
    Kind.COUNT: "",
    Kind.PLACE: "",
    Kind.PORT: "",
}
_HOURS = range(24)
_PORTS = range(1, 65536)


def value_advice(node: Node, attribute: Attribute, path: str) -> Iterator[Finding]:
    """Yield what is wrong with an attribute that is set; the empty text counts as not set."""
    text = node.get(attribute.name)
    problem = None
    if attribute.kind is Kind.FLAG:
        problem = _flag(text)
    elif text and attribute.kind in _UNITS:
        problem = _number(text, attribute)
    elif text and attribute.kind in _JUDGES:
        problem = _JUDGES[attribute.kind](text)
    if problem:
        yield warning(problem, node, path, attribute.name)


def _flag(text: str) -> str | None:
    if text.lower() in {"false", "no", "off", "0"}:
        return "its text does not matter, an environment is meant: leave the attribute out where a class is meant"
    return None


def _number(text: str, attribute: Attribute) -> str | None:
    written = text if attribute.sent else trimmed(text)
    unit = _UNITS[attribute.kind]
    wanted = f"a number of {unit}" if unit else "a number"
    if not _NUMBER.fullmatch(written):
        becomes = "devices get it as it is" if attribute.sent else f"counts as {_as_read(text, attribute)}"
        return f"not {wanted}: {becomes}; write digits only"
    if attribute.kind is Kind.PORT and int(written) not in _PORTS:
        return "not a port: write a number from 1 to 65535"
    if written.startswith("-") and attribute.kind is not Kind.PLACE:
        return f"negative: write {wanted} from 0"
    return None


def _as_read(text: str, attribute: Attribute) -> str:
    if attribute.kind is Kind.COUNT and trimmed(text) and not begins_with_number(text):
        return "the default"
    return str(leading_number(text))


def _switch(text: str) -> str | None:
    return None if text in {"true", "false"} else "counts as false: write true or false"


def _hours(text: str) -> str | None:
    for hour in text.split(","):
        if not _NUMBER.fullmatch(hour.strip()) or int(hour) not in _HOURS:
            return f"{hour!r} is no hour: write hours from 0 to 23, parted by commas, such as 22,23,0,1"
    return None


def _addresses(text: str) -> str | None:
    for address in listed(text, ","):
        try:
            ip_network(address, strict=False)
        except ValueError:
            return f"{address!r} is no address: write addresses or networks, such as 10.0.0.1,10.1.0.0/16"
    return None


def _urlmod(text: str) -> str | None:
    from updateserver.rules.urlmod import parse  # noqa: PLC0415 -- slow to import, and seldom needed

    try:
        parse(text)
    except ValueError as problem:
        return f"{problem}; URLs are not modified"
    return None


_JUDGES: dict[Kind, Callable[[str], str | None]] = {
    Kind.SWITCH: _switch,
    Kind.HOURS: _hours,
    Kind.ADDRESSES: _addresses,
    Kind.URLMOD: _urlmod,
}
