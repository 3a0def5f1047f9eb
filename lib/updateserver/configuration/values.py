"""How the text of a configuration becomes numbers and switches, as tolerant as the reference system."""

import re

from updateserver.configuration.source import Node

# What PHP's trim takes off; its numbers may begin with a form feed, too.
_WHITE = " \t\n\r\0\v"
# PHP's (int): "90s" is 90, "1e3" is 1000, "x" is 0; larger numbers end at 64 bits.
_NUMBER = re.compile(r"[ \t\n\r\v\f]*([+-]?)0*([0-9]*)((?:\.[0-9]*)?[eE][+-]?[0-9]{1,3})?")
_LARGEST = 2**63 - 1
_DIGITS_OF_LARGEST = 19


def leading_number(text: str) -> int:
    """Return the whole number that the text begins with, 0 where it begins with none; at most 64 bits."""
    sign, digits, exponent = _NUMBER.match(text).groups()  # type: ignore[union-attr]  # it matches "" as well
    number = min(int(digits or 0), _LARGEST) if len(digits) <= _DIGITS_OF_LARGEST else _LARGEST
    if digits and exponent:
        number = int(min(float(f"{number}{exponent}"), float(_LARGEST))) if number < _LARGEST else _LARGEST
    return -number if sign == "-" else number


def begins_with_number(text: str) -> bool:
    """Tell whether the reference system would find a number at the beginning of the text."""
    return re.match(r"[ \t\n\r\v\f]*[+-]?[0-9]", text) is not None


def trimmed(text: str) -> str:
    """Return the text without white space around it."""
    return text.strip(_WHITE)


def switched_on(node: Node, attribute: str) -> bool:
    """Say whether the attribute is exactly `true`."""
    # The reference compares with this very text: True, 1 and yes are off.
    return node.attributes.get(attribute) == "true"


def number(node: Node, attribute: str) -> int:
    """Return an attribute's number, 0 where it is missing or none."""
    return leading_number(node.attributes.get(attribute, ""))


def set_or_none(node: Node, attribute: str) -> str | None:
    """Return an attribute's text; text without anything to be seen counts as not set."""
    text = node.attributes.get(attribute, "")
    return text if trimmed(text) else None
