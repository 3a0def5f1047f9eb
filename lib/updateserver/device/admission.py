"""Who may be a new device here: the numbers that `status/@accept` means, and the list of unknown devices.

Numbers are accepted in any notation, and by patterns with `*` and `?`. The list, which an admin looks through, has an
end, and anybody can get onto it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from updateserver.base.names import bare, canonical, is_serial
from updateserver.trust.addresses import limit_key


class UnknownDevice(NamedTuple):
    """What it said of itself, and when; times are Unix seconds."""

    sn: str
    type: str
    hwid: str
    address: str  # of its last call, as decisions go by it
    since: int
    last: int
    refused: int = 0  # when an admin refused it; 0: it waits


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
    # Admins copy serial numbers in any notation: 00-90-33, 00:90:33, 009033.
    digits = tuple(_compiled(entry.translate(_SEPARATORS)) for entry in patterns if _is_of_numbers(entry))
    others = tuple(_compiled(entry) for entry in patterns if not _is_of_numbers(entry) or not entry.strip("*"))
    return Accepted(frozenset(canonical(entry) for entry in entries if not _WILD.search(entry)), digits, others)


def is_file(entry: str) -> bool:
    """Tell whether an entry names a file with more of them."""
    return "/" in entry


def entries_of(text: str) -> list[str]:
    """Return the entries in a file: the first column of each line; what follows a `#` is a remark."""
    # The first column of what a spreadsheet exports, with whichever separator.
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


MANY = 500  # devices that wait, and as many refused ones
_RARELY = 60  # seconds; calls in between are not noted

Devices = Mapping[str, UnknownDevice]


def is_noted(known: UnknownDevice | None, now: int) -> bool:
    """Tell whether a call needs not be noted: the last one was a moment ago, or the device is refused."""
    return known is not None and (known.refused > 0 or 0 <= now - known.last < _RARELY)


def with_one_more(devices: Devices, caller: UnknownDevice) -> Devices:
    """Return the list with a device that called.

    If it is full, one goes that came from the address with the most of them: the one that has not called for longest.
    So whoever invents devices pushes out his own, and a real one is back with its next poll.
    """
    known = devices.get(caller.sn)
    found = {**devices, caller.sn: caller if known is None else _again(known, caller)}
    waiting = [one for one in found.values() if not one.refused]
    # Whoever sends polls with invented serial numbers must not push an honest device out of an admin's sight.
    if len(waiting) > MANY:
        counts = Counter(limit_key(one.address) for one in waiting)
        most = max(counts.values())
        crowded = [one for one in waiting if counts[limit_key(one.address)] == most]
        del found[min(crowded, key=lambda one: one.last).sn]
    return found


def with_refused(devices: Devices, refused: UnknownDevice) -> Devices:
    """Return the list with a device that is refused; of very many those that were refused first go."""
    found = {**devices, refused.sn: refused}
    old = sorted((one for one in found.values() if one.refused), key=lambda one: one.refused)
    for one in old[: max(0, len(old) - MANY)]:
        del found[one.sn]
    return found


def _again(known: UnknownDevice, caller: UnknownDevice) -> UnknownDevice:
    # Should the clock be set back meanwhile, it is not known since a time to come.
    since = min(known.since, caller.last)
    return UnknownDevice(caller.sn, caller.type, caller.hwid, caller.address, since, caller.last, known.refused)
