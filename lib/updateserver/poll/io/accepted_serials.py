"""The serial numbers that are accepted, with those in files, which are read when they change."""

import os
from pathlib import Path

from updateserver.base.io.files import content_of
from updateserver.device.admission import Accepted, accepted, entries_of, is_file

_Stamps = tuple[tuple[int, int, int], ...]


class AcceptedSerials:
    """What `status/@accept` of the installation in `root` means; used by several threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._last: tuple[tuple[str, ...], _Stamps, Accepted] | None = None

    def have(self, entries: tuple[str, ...], sn: str) -> bool:
        """Tell whether a serial number is accepted. Raises OSError if a file of the list cannot be read."""
        files = [f"{self._root}/{entry}" for entry in entries if is_file(entry)]
        stamps = tuple(_stamp(file) for file in files)
        last = self._last
        if last is None or last[:2] != (entries, stamps):
            found = [entry for entry in entries if not is_file(entry)]
            for file in files:
                # utf-8-sig: Excel and the Windows editor write a byte order mark.
                found += entries_of(content_of(file).decode("utf-8-sig", "replace"))
            # One assignment of a whole: other threads see either the old list or the new one.
            self._last = last = entries, stamps, accepted(found)
        return last[2].has(sn)


def _stamp(file: str) -> tuple[int, int, int]:
    status = os.stat(file)  # noqa: PTH116 - on the way of polls
    return status.st_mtime_ns, status.st_size, status.st_ino
