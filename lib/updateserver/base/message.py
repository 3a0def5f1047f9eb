"""Sentences for people, for other languages too: a fixed English text, and values for the names in its braces."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Self


class Message(str):  # noqa: SLOT000 -- copies and pickles keep what is in its dictionary
    """A sentence in English that knows what it was made of; pages find its text in the catalogue of another language.

    It is a string like any other for logs and commands. Values are texts, numbers, or messages again.
    """

    text: str
    values: dict[str, Any]

    def __new__(cls, text: str, /, **values: Any) -> Self:
        """Fill in the values; braces in a text without any stay as they are."""
        message = super().__new__(cls, text.format(**values) if values else text)
        message.text, message.values = text, values
        return message


def together(sentences: Iterable[str], between: str = "; ") -> Message:
    """Return several messages as one."""
    values = {f"part{number}": one for number, one in enumerate(sentences)}
    return Message(between.join(f"{{{name}}}" for name in values), **values)


def recognized(said: str, texts: Iterable[str]) -> str:
    """Return what states keep as one English line as the message of the first of these texts that it fits."""
    for text in texts:
        if match := _pattern(text).fullmatch(said):
            return Message(text, **match.groupdict())
    return said


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*)", re.escape(text)))


def parts_of(said: str) -> list[Any]:
    """Return what JSON can keep of a message: its text and its values; of any other string, nothing."""
    if not isinstance(said, Message):
        return []
    return [said.text, {name: _kept(value) for name, value in said.values.items()}]


def message_of(english: str, parts: object) -> str:
    """Return the message that was kept as `parts`, if that says `english`; else that string."""
    match parts:
        case [str(text), dict(values)]:
            try:
                said = Message(text, **{str(name): _brought(value) for name, value in values.items()})
            except (AttributeError, IndexError, KeyError, TypeError, ValueError):
                return english
            return said if said == english else english
    return english


def _kept(value: object) -> object:
    return [str(value), parts_of(value)] if isinstance(value, Message) else value


def _brought(value: object) -> object:
    match value:
        case [str(english), parts]:
            return message_of(english, parts)
    return value
