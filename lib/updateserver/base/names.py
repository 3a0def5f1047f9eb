"""Names that callers send: what of them is safe in paths, and which number or hardware a name stands for.

A serial number has one canonical form, `00-90-33-30-00-af`. Whatever is written with the same 12 hexadecimal digits is
the same number; any other name stands for itself only, and never for a device that has a number.
"""

import re
from functools import lru_cache

_SAFE = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z._-]{0,63}", re.ASCII)
_CANONICAL = re.compile(r"[0-9a-f]{2}(?:-[0-9a-f]{2}){5}", re.ASCII)
# As devices, labels, switches (0090.3330.00af) and spreadsheets write them.
_SEPARATORS = str.maketrans("", "", "-:._ ")
_DIGITS = re.compile(r"[0-9A-Fa-f]{12}", re.ASCII)
_HARDWARE = re.compile(r"([A-Za-z][0-9A-Za-z._-]*)-([0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2})", re.ASCII)

_CONTROL = re.compile("[\0-\x1f\x7f]")
_LONGEST_TYPE = 64  # characters
_STEPS = {".", ".."}

ALLOWED_TYPES = "at most 64 characters, none of them a control character, and no part that is . or .. between slashes"
ALLOWED = "1 to 64 of the characters 0-9 A-Z a-z . _ - and no dot at the beginning"


def is_safe(name: str) -> bool:
    """Tell whether a name may become part of a path (docs/differences.md, 8)."""
    return _SAFE.fullmatch(name) is not None


def is_type(name: str) -> bool:
    """Tell whether a name may be a device type: whatever is none that leads out of a folder (docs/differences.md, 8).

    It never becomes a path: what is made of it for scripts is encoded, and a class with a slash has no snippets.
    """
    if name.isalnum():
        return len(name) <= _LONGEST_TYPE
    is_short = len(name) <= _LONGEST_TYPE
    return is_short and not _CONTROL.search(name) and _STEPS.isdisjoint(name.replace("\\", "/").split("/"))


def is_serial(name: str) -> bool:
    """Tell whether a name is a serial number in its canonical form."""
    return _CANONICAL.fullmatch(name) is not None


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """Return a serial number in its canonical form, however it is written; any other name as it is."""
    if _CANONICAL.fullmatch(name):
        return name
    digits = name.translate(_SEPARATORS)
    return _dashed(digits.lower()) if _DIGITS.fullmatch(digits) else name


def bare(sn: str) -> str:
    """Return a serial number as certificates name it, 0090333000af; a name that is no number as it is."""
    return sn.replace("-", "") if is_serial(sn) else sn


def number_in(cn: str) -> str | None:
    """Return the serial number that a certificate's name is, None if it is none: no separators, in either case."""
    return _dashed(cn.lower()) if _DIGITS.fullmatch(cn) else None


def hardware(name: str) -> tuple[str, str] | None:
    """Return type and last three bytes that a hardware id names, `IP232` and `30-00-af`; None if it is none."""
    found = _HARDWARE.fullmatch(name)
    return (found[1], found[2].lower()) if found and not is_serial(canonical(name)) else None


def spellings(sn: str) -> tuple[str, ...]:
    """Return how else files of a serial number may be named that another server, such as PHP's, wrote."""
    if not is_serial(sn):
        return ()
    dotted = ".".join(bare(sn)[start : start + 4] for start in (0, 4, 8))
    lower = (bare(sn), *(sn.replace("-", separator) for separator in ":._ "), dotted)
    return (sn.upper(), *(text for one in lower for text in (one, one.upper())))


def _dashed(digits: str) -> str:
    return "-".join(digits[start : start + 2] for start in range(0, 12, 2))
