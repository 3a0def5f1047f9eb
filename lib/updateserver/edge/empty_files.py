"""Which snippet files were found empty at two looks, a second apart: so that not every process looks twice again.

A small file below cache/, read only where a snippet is empty, written only where another one is. Whatever happens to
such a file gives it another stamp, so it is looked at twice again.
"""

import contextlib
import json
from pathlib import Path

from updateserver.edge.files import content_of, replace

_MANY = 200  # files remembered

Stamp = tuple[int, int, int, int]  # of a file: time of change, size, inode, time of its inode's change; nanoseconds


class EmptyFiles:
    """The files that are known to be empty, kept in a file."""

    def __init__(self, kept: str) -> None:
        self._kept = Path(kept)

    def holds(self, path: str, stamp: Stamp) -> bool:
        """Tell whether a file of this stamp was empty before."""
        return self._read().get(path) == list(stamp)

    def note(self, path: str, stamp: Stamp) -> None:
        """Keep that it was; where that cannot be kept, the next look takes a second again."""
        known = self._read()
        known.pop(path, None)
        kept = dict([*known.items(), (path, list(stamp))][-_MANY:])
        with contextlib.suppress(OSError):
            replace(self._kept, json.dumps(kept).encode())

    def _read(self) -> dict[str, object]:
        try:
            known = json.loads(content_of(self._kept))
        except (OSError, ValueError, RecursionError):
            return {}
        return known if isinstance(known, dict) else {}
