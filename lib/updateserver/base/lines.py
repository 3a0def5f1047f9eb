"""The one place that makes lines of a script safe: nothing in a line can begin another one."""

import re
from collections.abc import Sequence

_CONTROL = re.compile("[\0-\x1f\x7f]")
_CONTROLS = bytes([*range(0x20), 0x7F])
_END = b"\r\n"


def joined(lines: Sequence[str]) -> bytes:
    """Return lines of the script as bytes, each with its end; control characters become blanks."""
    text = "\r\n".join([*lines, ""]).encode("utf-8", "surrogateescape")
    if len(text) - len(text.translate(None, _CONTROLS)) != len(_END) * len(lines):
        cleaned = [_CONTROL.sub(" ", line) for line in lines]
        text = "\r\n".join([*cleaned, ""]).encode("utf-8", "surrogateescape")
    return text
