"""Names that callers send and that become parts of paths."""

import re

_SAFE = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z._-]{0,63}", re.ASCII)

ALLOWED = "1 to 64 of the characters 0-9 A-Z a-z . _ - and no dot at the beginning"


def is_safe(name: str) -> bool:
    """Tell whether a name may become part of a path (docs/differences.md, 8)."""
    return _SAFE.fullmatch(name) is not None
