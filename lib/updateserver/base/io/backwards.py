"""Reading a log from its end, where what is looked for mostly is, and never more of it than a given number of bytes."""

import os
from collections.abc import Iterator
from pathlib import Path

from updateserver.base.io.files import opened

_CHUNK = 1 << 18  # bytes
_LONGEST = 1 << 20  # bytes of one line; longer ones are none of ours


def lines_from_end(path: Path, most: int) -> Iterator[bytes]:
    """Yield the lines in the last `most` bytes of a file, the last one first; none where there is no file.

    A line that begins before that is cut off. Raises OSError.
    """
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
            rest, *lines = (file.read(length) + rest).split(b"\n")
            yield from reversed(lines)
            rest = b"?" if len(rest) > _LONGEST else rest
        yield rest
