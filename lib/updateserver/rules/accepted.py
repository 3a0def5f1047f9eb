"""Which serial numbers `status/@accept` means: numbers in any notation, and patterns with `*` and `?`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from updateserver.model.names import bare, canonical, is_serial

_SEPARATORS = str.maketrans("", "", "-:._ ")
_WILD = re.compile(r"[*?]")
_PART_OF_A_NUMBER = re.compile(r"[0-9A-Fa-f*?]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The serial numbers of a list.

    A pattern of digits means numbers only: a name that just begins like one is not meant.
    """

    names: frozenset[str]
    digits: tuple[re.Pattern[str], ...]  # of serial numbers without dashes
    others: tuple[re.Pattern[str], ...]  # of names that are no number

    def has(self, sn: str) -> bool:
        """Tell whether a serial number, in its canonical form, is in the list."""
        if sn in self.names:
            return True
        text = bare(sn)
        return any(pattern.fullmatch(text) for pattern in (self.digits if is_serial(sn) else self.others))


def accepted(entries: Sequence[str]) -> Accepted:
    """Return whom these entries mean."""
    patterns = sorted(entry for entry in entries if _WILD.search(entry))
    digits = tuple(_compiled(entry.translate(_SEPARATORS)) for entry in patterns if _is_of_numbers(entry))
    others = tuple(_compiled(entry) for entry in patterns if not _is_of_numbers(entry) or not entry.strip("*"))
    return Accepted(frozenset(canonical(entry) for entry in entries if not _WILD.search(entry)), digits, others)


def is_file(entry: str) -> bool:
    """Tell whether an entry names a file with more of them."""
    return "/" in entry


def entries_of(text: str) -> list[str]:
    """Return the entries in a file: the first column of each line; what follows a `#` is a remark."""
    first = (re.split("[#,;\t]", line, maxsplit=1)[0].strip().strip('"').strip() for line in text.splitlines())
    return [entry for entry in first if entry and not is_file(entry)]


def means_a_number(entry: str) -> bool:
    """Tell whether an entry that is no file can mean a serial number of 12 hexadecimal digits."""
    return _is_of_numbers(entry) if _WILD.search(entry) else is_serial(canonical(entry))


def _is_of_numbers(entry: str) -> bool:
    return _PART_OF_A_NUMBER.fullmatch(entry.translate(_SEPARATORS)) is not None


def _compiled(wild: str) -> re.Pattern[str]:
    runs = re.sub(r"\*+", "*", wild)  # several in a row would take very long
    parts = ({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in runs)
    return re.compile("".join(parts), re.ASCII | re.IGNORECASE)
