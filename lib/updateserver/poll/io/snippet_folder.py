"""Which snippet files were found empty at two looks, a second apart: so that not every process looks twice again.

A small file below cache/, read only where a snippet is empty, written only where another one is. Whatever happens to
such a file gives it another stamp, so it is looked at twice again.

Snippet files, read anew only where they changed.
"""

import contextlib
import errno
import json
import os
import stat
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from updateserver.base.io.files import content_of, opened, replace
from updateserver.poll.facts import SnippetFile, signed_part

_MOST_EMPTY = 200  # files remembered

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
        kept = dict([*known.items(), (path, list(stamp))][-_MOST_EMPTY:])
        with contextlib.suppress(OSError):
            replace(self._kept, json.dumps(kept).encode())

    def _read(self) -> dict[str, object]:
        try:
            known = json.loads(content_of(self._kept))
        except (OSError, ValueError, RecursionError):
            return {}
        return known if isinstance(known, dict) else {}


_SETTLED = 2  # seconds: what changed later than that may change again under the same time stamp
_LARGE = 1 << 20  # bytes; larger files are read each time
_MANY = 20_000  # files remembered
_EMPTIED = 1.0  # seconds: a file that is empty only as somebody writes it anew does not stay so for that long
_NOWHERE = (errno.ENOENT, errno.ENOTDIR)  # removed just now, or a link that leads nowhere
_TRIES = 5  # to read a file while nobody writes it


class _Listing(NamedTuple):
    """What is in a folder: `paths` by the names that files have as snippets."""

    path: str
    changed: int  # nanoseconds
    paths: dict[str, str]


class SnippetFolders:
    """The snippet files below the folder `root`; used by several threads."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._empty = EmptyFiles(f"{root}/cache/empty-snippets")
        self._listings: dict[str, _Listing] = {}
        self._files: dict[str, tuple[Stamp, SnippetFile]] = {}
        self._lock = threading.Lock()

    def read(self, names: Sequence[str]) -> dict[str, SnippetFile]:
        """Return those of the named files (scripts/update-all-all.txt) that there are, by name.

        All are of one folder. Raises OSError if any of them cannot be read: a device that got the others only would
        go on without it.
        """
        paths = self._listing(names[0].rpartition("/")[0])
        found = {name: self._read(name, paths[name]) for name in paths.keys() & names}
        return {name: snippet for name, snippet in found.items() if snippet}

    def _listing(self, folder: str) -> dict[str, str]:
        """Return the paths of all files in a folder, by the names that they have as snippets."""
        known = self._listings.get(folder)
        path = known.path if known else os.path.join(self._root, folder)  # noqa: PTH118 - on the way of every poll
        # A folder's time changes with each name in it, so one look tells that no snippet was added or removed.
        changed = os.stat(path).st_mtime_ns  # noqa: PTH116
        if known and known.changed == changed:
            return known.paths
        paths = {f"{folder}/{name}": f"{path}/{name}" for name in os.listdir(path)}  # noqa: PTH208
        # Within one tick of the file system's clock two changes bear one time: such a listing is not remembered.
        if time.time_ns() - changed > _SETTLED * 1_000_000_000:
            self._listings[folder] = _Listing(path, changed, paths)
        return paths

    def _read(self, name: str, path: str) -> SnippetFile | None:
        try:
            status = os.stat(path)  # noqa: PTH116
            if stat.S_ISDIR(status.st_mode):
                return None
            # The time of the inode counts as well: tools such as rsync set the other one back to that of the source.
            stamp = _stamp(status)
            known = self._files.get(name)
            if known and known[0] == stamp:
                return known[1]
            stamp, content = self._content(path)
        except OSError as error:
            if error.errno in _NOWHERE:
                return None
            error.filename = error.filename or path  # a disk that fails while it is read does not say so
            raise
        snippet = SnippetFile(name, stamp[0] // 1_000_000_000, content, signed_part(content), stamp[3] // 1_000_000_000)
        self._remember(stamp, snippet)
        return snippet

    def _remember(self, stamp: Stamp, snippet: SnippetFile) -> None:
        if stamp[1] > _LARGE or time.time_ns() - stamp[0] < _SETTLED * 1_000_000_000:
            return
        with self._lock:
            if len(self._files) >= _MANY:
                self._files.clear()
            self._files[snippet.name] = stamp, snippet

    def _content(self, path: str) -> tuple[Stamp, bytes]:
        """Return a file's stamp and content that belong together, even if somebody writes it at this moment.

        Raises NotAFile for what would never come to its end, such as a pipe.
        """
        for _ in range(_TRIES):
            with os.fdopen(opened(path), "rb") as file:
                before, content = _stamp(os.fstat(file.fileno())), file.read()
                was_empty = not content and self._empty.holds(path, before)
                if not content and not was_empty:
                    # no time of change tells that somebody just cut it off: that may be set a moment later
                    time.sleep(_EMPTIED)
                after = _stamp(os.fstat(file.fileno()))
            if before == after:
                if not content and not was_empty:
                    self._empty.note(path, after)
                return after, content
        raise OSError(errno.EBUSY, "it is being written all the time", path)


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns
