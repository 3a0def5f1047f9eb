"""How text is written in scripts, names and messages, and what devices sent made fit to be shown.

Text that came as bytes is held as `str` in which bytes that are not UTF-8 are kept as surrogates (`surrogateescape`),
so that it leaves as the same bytes.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from updateserver.base.times import age_of

_NOT_LABEL = re.compile(r"[^a-z0-9-]+")
_SHORT = {"second": "sec", "minute": "min"}
_FEW = 64  # characters of what is worth remembering: names and commands, but no whole URLs
_NUMERIC = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def encoded(text: str) -> str:
    """Return `text` URL-encoded as RFC 3986 has it: all but letters, digits and -._~ as %XX."""
    return _encoded(text) if len(text) < _FEW else _encoded.__wrapped__(text)


@lru_cache(maxsize=4096)
def _encoded(text: str) -> str:
    return quote(text, safe="", errors="surrogateescape")


def latin1(text: str) -> str:
    """Return text of the configuration as the bytes of Latin-1, with `?` for what that lacks (docs/behaviour.md)."""
    return text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def lower(text: str) -> str:
    """Return `text` with A to Z in lower case, and no other letter, as PHP has it."""
    if text.isascii():
        return text.lower()
    return text.encode("utf-8", "surrogateescape").lower().decode("utf-8", "surrogateescape")


def dns_label(text: str) -> str:
    """Return `text` in lower case with one dash for each run of characters that a DNS label cannot hold."""
    return _NOT_LABEL.sub("-", lower(text))


def number_text(number: float) -> str:
    """Return a number as PHP writes it: `7`, `0.1`, `1` for 1.0 and for True, nothing for False, `1.0E+25`."""
    if isinstance(number, bool):
        return "1" if number else ""
    if not isinstance(number, float):
        return str(number)
    # PHP's setting `precision`, 14 digits.
    mantissa, letter, exponent = f"{number:.14G}".partition("E")
    if not letter:
        return mantissa
    return f"{mantissa}{'' if '.' in mantissa else '.0'}E{int(exponent):+d}"


@lru_cache(maxsize=4096)
def age(seconds: int) -> str:
    """Return a time span as the reference system writes it: `1 sec`, `4.1 mins`, `24 hours`, `3 weeks`."""
    found = age_of(seconds)
    unit = _SHORT.get(found.unit, found.unit)
    return f"{found.number} {unit}" if found.is_one else f"{found.number} {unit}s"


def day(moment: int) -> str:
    """Return the day of a time (Unix seconds, UTC) as `2026-03-01`."""
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return f"a day that no calendar has ({moment})"


def is_numeric(text: str) -> bool:
    """Tell whether PHP takes text for a number: with a sign, decimals or an exponent, and white space around it."""
    return _NUMERIC.fullmatch(text) is not None


def loosely_equal(new: str | int | None, old: str | None) -> bool:
    """Compare as PHP's `==` does (docs/behaviour.md: Rewriting the URL).

    Numbers in text are compared as numbers; nothing equals the number 0 and the empty text, but not the text "0".
    """
    if old is None:
        return new is None or new in (0, "")
    if new is None:
        return old == ""
    if old == str(new):
        return True
    # PHP compares two texts as numbers if both look like numbers: "5" == "5.0".
    if is_numeric(str(new)) and is_numeric(old):
        return float(new) == float(old)
    return False


def shown(text: str | None, most: int = 200) -> str:
    """Return one line of at most `most` characters; U+FFFD stands for each control or formatting character."""
    if not text:
        return ""
    return _visible(_shortened(text, most))


def shown_lines(text: str, most: int = 100_000) -> str:
    """Return the same of several lines."""
    text = _shortened(text, most)
    return text if text.isprintable() else "".join(c if c in "\n\t" else _visible(c) for c in text)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
