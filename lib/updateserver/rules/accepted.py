"""Which serial numbers `status/@accept` means: numbers in any notation, and patterns with `*` and `?`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from updateserver.model.names import bare, canonical, is_serial

_SEPARATORS = str.maketrans("", "", "-:._ ")
_WILD = re.compile(r"[*?]")
_PART_OF_A_NUMBER = re.compile(r"[0-9A-Fa-f*?]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The serial numbers of a list."""

    names: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]  # of what `bare` makes of serial numbers, and of other names as they are

    def has(self, sn: str) -> bool:
        """Tell whether a serial number, in its canonical form, is in the list."""
        if sn in self.names:
            return True
        text = bare(sn)
        return any(pattern.fullmatch(text) for pattern in self.patterns)


def accepted(entries: Iterable[str]) -> Accepted:
    """Return whom these entries mean."""
    wild = {True: set[str](), False: set[str]()}
    for entry in entries:
        wild[_WILD.search(entry) is not None].add(entry)
    patterns = tuple(re.compile(_expression(entry), re.ASCII | re.IGNORECASE) for entry in sorted(wild[True]))
    return Accepted(frozenset(map(canonical, wild[False])), patterns)


def is_file(entry: str) -> bool:
    """Tell whether an entry names a file with more of them."""
    return "/" in entry


def entries_of(text: str) -> list[str]:
    """Return the entries in a file: the first column of each line; what follows a `#` is a remark."""
    first = (re.split("[#,;\t]", line, maxsplit=1)[0].strip().strip('"').strip() for line in text.splitlines())
    return [entry for entry in first if entry and not is_file(entry)]


def doubtful(entry: str) -> str:
    """Return what is odd about an entry that is no file, "" if nothing is."""
    if _WILD.search(entry):
        return "" if _is_of_numbers(entry) else "matches no serial number of 12 hexadecimal digits"
    return "" if is_serial(canonical(entry)) else "is no serial number of 12 hexadecimal digits, nor a pattern"


def _is_of_numbers(entry: str) -> bool:
    return _PART_OF_A_NUMBER.fullmatch(entry.translate(_SEPARATORS)) is not None


def _expression(entry: str) -> str:
    if not _is_of_numbers(entry):
        return _translated(entry)
    return f"{_translated(entry.translate(_SEPARATORS))}|{_translated(entry)}"


def _translated(wild: str) -> str:
    runs = re.sub(r"\*+", "*", wild)  # several in a row would take very long
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in runs)
