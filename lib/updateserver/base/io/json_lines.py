"""A log of one JSON object a line that is only ever appended to: the audit log, and the journal of certificates.

Each entry has its `time`, Unix seconds. What is looked for mostly stands at the end, so it is read from there.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from updateserver.base.io.files import opened, text_lines
from updateserver.base.times import LAST_TIME

Entry = dict[str, Any]

_CHUNK = 1 << 18  # bytes
_LONGEST = 1 << 20  # bytes of one line; longer ones are none of ours


def append(path: Path, entry: Entry) -> None:
    """Add an entry; it is on the disk when this returns. Raises OSError.

    A line that a full disk or a power cut tore stays one line: it does not swallow the next one.
    """
    # a byte that was no UTF-8 becomes \udcXX, as JSON would escape it
    line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = opened(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # until it is closed: a long line may take several writes
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        rest = memoryview(b"\n" + line if torn else line)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def entries(path: Path) -> Iterator[Entry]:
    """Yield all entries, oldest first; what is none is left out, and where there is no file there are none."""
    try:
        file = text_lines(path)
    except FileNotFoundError:
        return
    with file:
        yield from filter(None, map(_entry, file))


def newest(path: Path, most: int, holding: bytes = b"") -> Iterator[Entry]:
    """Yield the entries in the last `most` bytes, newest first; only lines with `holding` in them. Raises OSError."""
    for line in _lines_from_end(path, most):
        if holding in line and (entry := _entry(line)):
            yield entry


def _lines_from_end(path: Path, most: int) -> Iterator[bytes]:
    """Yield the lines in the last `most` bytes, the last one first; one that begins before that is cut off."""
    try:
        file = os.fdopen(opened(path), "rb", buffering=0)
    except FileNotFoundError:
        return
    with file:
        place, rest = file.seek(0, os.SEEK_END), b""
        end = max(0, place - most)
        while place > end:
            length = min(_CHUNK, place - end)
            place -= length
            file.seek(place)
            # What stands before the first line end may be the end of a line that begins in the chunk before.
            rest, *lines = (file.read(length) + rest).split(b"\n")
            yield from reversed(lines)
            rest = b"?" if len(rest) > _LONGEST else rest
        yield rest


def _entry(line: str | bytes) -> Entry | None:
    """Return what a line tells; None for what is no line of ours."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    then = entry.get("time")
    return entry if type(then) is int and 0 <= then < LAST_TIME else None
