"""The journal of all decisions about certificates: `journal.jsonl` in the certificate folder, one JSON object a line.

Lines are only ever appended, and are on the disk before the decision takes effect. What is in it outlives the requests
that it tells of.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from updateserver.base.io.backwards import lines_from_end
from updateserver.base.io.files import only_writer, opened, text_lines
from updateserver.base.times import LAST_TIME

NAME = "journal.jsonl"
Entry = dict[str, Any]
_LOOKED_AT = 1 << 26  # bytes at the end, some 200,000 decisions: what a page looks through


class Journal:
    """The journal in a folder; `locks` is the folder for lock files."""

    def __init__(self, folder: Path, locks: Path) -> None:
        self._path = folder / NAME
        self._locks = locks

    def append(self, deed: str, sn: str, by: str, **told: object) -> None:
        """Add what was done (`request`, `signed`, ...), about which device, and who did it. Raises OSError."""
        entry = {"time": int(time.time()), "deed": deed, "sn": sn, "by": by, **told}
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with only_writer(self._locks, "certificate journal"):
            descriptor = opened(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            try:
                size = os.fstat(descriptor).st_size
                torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
                _write(descriptor, b"\n" + line if torn else line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def entries(self, sn: str | None = None) -> Iterator[Entry]:
        """Yield what the journal holds, about one device or all, oldest first; a line that was cut off is left out."""
        try:
            file = text_lines(self._path)
        except FileNotFoundError:
            return
        with file:
            for line in file:
                entry = _parsed(line)
                if entry and (sn is None or entry.get("sn") == sn):
                    yield entry

    def newest(self, sn: str, count: int) -> list[Entry]:
        """Return the last entries about a device, newest first; only the newest part of the journal is looked at."""
        name, found = json.dumps(sn).encode(), list[Entry]()
        for line in lines_from_end(self._path, _LOOKED_AT):
            entry = _parsed(line) if name in line else None
            if entry and entry["sn"] == sn:
                found.append(entry)
            if len(found) == count:
                break
        return found

    @property
    def is_long(self) -> bool:
        """Tell whether it holds more than `newest` looks at."""
        return self._path.exists() and self._path.stat().st_size > _LOOKED_AT


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _parsed(line: str | bytes) -> Entry | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not {"time", "deed", "by", "sn"} <= entry.keys():
        return None
    then = entry["time"]
    return entry if type(then) is int and 0 <= then < LAST_TIME else None
