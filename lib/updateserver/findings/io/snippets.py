"""What is wrong with the files in the folder of snippets: names by which no device gets them, and what is in them.

The folder is listed once, and of each file only its beginning is read.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from updateserver.base.io.files import beginning_of
from updateserver.base.times import believed
from updateserver.configuration.config import Config
from updateserver.configuration.source import Finding, Node, of_file
from updateserver.device.io.known_types import known_types
from updateserver.fleet.snippet_text import text_faults
from updateserver.poll.snippets import SnippetNames, snippet_names

_BEGINNING = 1 << 16  # bytes
_MOST = 100  # findings that are told


def snippet_findings(root: Path, config: Config, _: Node) -> Iterator[Finding]:
    """Yield files that no device gets, and what devices do not understand in the others."""
    folder = config.times.dir
    try:
        with os.scandir(root / folder) as entries:
            files = sorted(entry.name for entry in entries if not _is_hidden(entry.name) and not _is_folder(entry))
    except FileNotFoundError:  # the first call makes it
        return
    names = snippet_names(config, ())
    if lost := [name for name in files if not names.includes(name)]:
        names = snippet_names(config, known_types(root, config))
        lost = [name for name in lost if not names.includes(name)]
    inside = [one for name in sorted({*files} - {*lost}) for one in _in_file(str(root), f"{folder}/{name}")]
    yield from inside[:_MOST]
    room = max(0, _MOST - len(inside))
    yield from (_misnamed(folder, names, name) for name in lost[:room])
    if (rest := len(inside) + len(lost) - _MOST) > 0:
        yield of_file("warning", "{count} more findings about files in this folder", folder, count=rest)


def _misnamed(folder: str, names: SnippetNames, name: str) -> Finding:
    text, values, meant = names.fault(name)
    return of_file("warning", text, f"{folder}/{name}", **values, meant=meant)


def _in_file(root: str, name: str) -> Iterator[Finding]:
    try:
        content, changed = beginning_of(f"{root}/{name}", _BEGINNING), os.stat(f"{root}/{name}").st_mtime  # noqa: PTH116
    except IsADirectoryError:
        yield of_file("warning", "is a folder, so no device gets it", name)
        return
    except OSError:  # what cannot be read is told by the look at rights
        return
    if not believed(int(changed), int(time.time())):
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(changed))
        message = "its time of change is in the future ({when}), so it does not tell when it was edited: touch it"
        yield of_file("warning", message, name, when=when)
    for line, advice in text_faults(content, is_whole=len(content) < _BEGINNING):
        yield of_file("warning", advice, name, line)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and not name.lower().endswith(".txt")


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir() and not entry.name.endswith(".txt")
    except OSError:  # links in a circle
        return False
