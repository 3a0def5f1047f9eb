"""The one place where the path of a URL becomes names, and names become a file.

It only looks; nothing here opens a file.
"""

import os
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NEVER_IN_A_NAME = frozenset("/\\\0")


def plain_names(path: str) -> tuple[str, ...] | None:
    """Split the path of a URL into decoded names.

    Empty ones and `.` in its midst are left out, as other web servers do. None if any other begins with a dot or, once
    decoded, would be more than one name, or if the last one is empty.
    """
    if not path.startswith("/"):
        return None
    # Split first, decoded after that: `%2F` is part of a name, and no name may hold a slash.
    *folders, last = path[1:].encode("utf-8", "surrogateescape").split(b"/")
    parts = [*(part for part in folders if part not in (b"", b".")), last]
    names = tuple(os.fsdecode(unquote_to_bytes(part)) for part in parts)
    return names if all(map(_is_plain, names)) else None


def static_file(folder: "Path", names: "Sequence[str]") -> "Path | None":
    """Return the regular file that plain names mean below a folder; links that an admin placed there are followed."""
    path = folder.joinpath(*names)
    try:
        return path if path.is_file() else None
    except OSError:  # a name too long for the file system, for one
        return None


def _is_plain(name: str) -> bool:
    # A name that begins with a dot could climb (..), or be a file being written.
    return bool(name) and not name.startswith(".") and _NEVER_IN_A_NAME.isdisjoint(name)
