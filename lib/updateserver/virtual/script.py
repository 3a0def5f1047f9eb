"""Reading a script: which lines count, and what their options say.

A script is a sequence of lines ending with CR LF or LF. Nothing here runs a line: that is `up1.py`.
"""

from collections.abc import Iterable
from urllib.parse import unquote_plus

Option = tuple[str, str | None]


def effective_lines(body: bytes) -> list[str]:
    """List the lines that a device acts on: neither blank nor beginning with `#`, without their line ends."""
    lines = (line.removesuffix("\r") for line in body.decode("utf-8", "replace").split("\n"))
    return [line for line in lines if line.strip() and not line.startswith("#")]


def decoded(value: str) -> str:
    """Undo the URL encoding of a value (`+` is a blank): UTF-8, or Latin-1 where it is not UTF-8."""
    try:
        return unquote_plus(value, errors="strict")
    except UnicodeDecodeError:
        return unquote_plus(value, encoding="latin-1")


def options(words: Iterable[str]) -> list[Option]:
    """Pair each `/option` with the decoded word after it, `None` for a flag.

    A word that belongs to no option becomes a pair of its own.
    """
    found: list[Option] = []
    for word in words:
        if found and found[-1][0].startswith("/") and found[-1][1] is None and not word.startswith("/"):
            found[-1] = (found[-1][0], decoded(word))
        else:
            found.append((word, None))
    return found


def positional(words: list[str]) -> list[str]:
    """List the words before the first `/option`."""
    first = next((number for number, word in enumerate(words) if word.startswith("/")), len(words))
    return words[:first]
