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

from updateserver.edge.files import only_writer, opened, text_lines

NAME = "journal.jsonl"
Entry = dict[str, Any]


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


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _parsed(line: str) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    is_entry = isinstance(entry, dict) and isinstance(entry.get("time"), int) and {"deed", "by", "sn"} <= entry.keys()
    return entry if is_entry else None
