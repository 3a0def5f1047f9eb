"""The filter of the device overview (docs/admin.md, Filter).

Terms separated by spaces must all match; a term matches, ignoring case, whole words inside any one of a device's texts.
`*` is any run of characters, `?` one. Our own addition: `seen:day`, `certificate:expired`, `state:error` and their
like, which the charts lead to.

All texts of a device are matched at once: they are lines of one text, and nothing in a pattern matches a line end.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from updateserver.base.names import canonical
from updateserver.base.times import DAY, HOUR, WEEK
from updateserver.fleet.rows import Glance

_MOST_TERMS = 20
_LONGEST = 1000  # characters of a filter that count
_BARE_SERIAL = re.compile(r"009033.{6}", re.DOTALL)
_LAST_BYTES = re.compile(r"[0-9a-f]{6}", re.ASCII)
_BYTES = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){1,5}", re.ASCII)
_WILDCARDS = re.compile(r"[*?]+")

SEEN = {"hour": HOUR, "day": DAY, "week": WEEK}  # seconds at most; whatever is more is "older"
CERTIFICATES = {"expired": 0, "month": 30 * DAY, "quarter": 90 * DAY}  # seconds left; more is "later", or "unknown"
BUCKETS: dict[str, tuple[str, ...]] = {
    "seen": (*SEEN, "older"),
    "certificate": (*CERTIFICATES, "later", "unknown"),
    "state": tuple(Glance),
}


@dataclass(frozen=True, slots=True)
class InBucket:
    """A term that asks for one bar of a chart: `chart` is a key of `BUCKETS`, `key` one of its values."""

    chart: str
    key: str


@dataclass(frozen=True, slots=True)
class FilterWords:
    """A term that is looked for in a device's texts, in lower case."""

    pattern: re.Pattern[str]
    literal: str  # what a text that matches holds in any case
    present: bool  # whether it matches the word that each present device has
    missing: bool


Term = InBucket | FilterWords


def terms(text: str) -> list[Term]:
    """Return the terms of a filter as an admin writes it."""
    cleaned = text[:_LONGEST].encode("utf-8", "replace").decode()
    return [_term(word.lower()) for word in cleaned.split()[:_MOST_TERMS]]


def searchable(texts: Iterable[str]) -> str:
    """Return a device's texts as `matches` wants them: each a line."""
    return "\n".join(" ".join(text.splitlines()).lower() for text in texts)


def matches(wanted: Sequence[FilterWords], texts: str, *, is_missing: bool) -> bool:
    """Tell whether a device with these texts matches all terms."""
    for term in wanted:  # noqa: SIM110 - asked for each device, and twice as fast as all()
        if not ((term.missing if is_missing else term.present) or term.pattern.search(texts)):
            return False
    return True


def _term(word: str) -> Term:
    chart, _, key = word.partition(":")
    if key in BUCKETS.get(chart, ()):
        return InBucket(chart, key)
    word = canonical(word)
    if _BARE_SERIAL.fullmatch(word):
        word = _dashed(word)
    if _LAST_BYTES.fullmatch(word) or _BYTES.fullmatch(word):
        # part of a serial number, or a build, or part of an address
        return FilterWords(
            re.compile(f"(?:{_pattern(word)}|{_pattern(_dashed(word.replace(':', '')))})"), "", False, False
        )
    pattern = re.compile(_pattern(word))
    literal = max(_WILDCARDS.split(word), key=len)
    return FilterWords(pattern, literal, bool(pattern.search("present")), bool(pattern.search("missing")))


def _dashed(digits: str) -> str:
    return "-".join(digits[start : start + 2] for start in range(0, len(digits), 2))


def _pattern(word: str) -> str:
    """Return a term as a regular expression that needs no long way to find that nothing matches.

    Of the pieces between the stars each may be taken where it comes first, and need not be looked for again if a later
    one does not come: hence the atomic groups.
    """
    first, *rest = (_piece(piece) for piece in re.split(r"\*+", word))
    # that a word begins is looked at afterwards: engines are quick to find what begins with fixed text
    pattern = rf"{first}(?<=\b{first})" if first else r"\b"
    for number, piece in enumerate(rest, 1):
        end = r"\b" if number == len(rest) else ""
        pattern = rf"(?>{pattern})[^\n]*?{piece}{end}"
    return pattern if rest else rf"{pattern}\b"


def _piece(text: str) -> str:
    return "".join(r"[^\n]" if character == "?" else re.escape(character) for character in text)
