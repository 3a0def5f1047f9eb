"""The types of all devices that are known, looked up without writing anything."""

import contextlib
import os
import re
import sqlite3
from itertools import islice
from pathlib import Path

from updateserver.base.io.files import beginning_of
from updateserver.base.text import lower
from updateserver.configuration.config import Config

_INDEX = "cache/fleet-index.sqlite"
_MANY = 2000  # states that are read where there is no index
_BEGINNING = 1 << 13  # bytes of a state
_TYPE = re.compile(rb"""<device\b[^>]*?\stype=["']([^"'<>]{1,64})["']""")


def known_types(root: Path, config: Config) -> set[str]:
    """Return the types in lower case: as the index of all devices has them, or some of the states."""
    return _of_index(root) or _of_states(root / config.status.dir if config.status.dir else None)


def _of_index(root: Path) -> set[str]:
    path = root / _INDEX
    if not path.is_file():
        return set()
    address = f"{path.absolute().as_uri()}?immutable=1"  # nothing is written beside it, by whoever looks
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            return {lower(kind) for (kind,) in connection.execute("SELECT DISTINCT type FROM device") if kind}
    except sqlite3.Error:
        return set()


def _of_states(folder: Path | None) -> set[str]:
    types: set[str] = set()
    if folder is None or not folder.is_dir():
        return types
    with os.scandir(folder) as entries:
        for entry in islice((entry for entry in entries if entry.name.endswith(".xml")), _MANY):
            with contextlib.suppress(OSError):
                if found := _TYPE.search(beginning_of(entry.path, _BEGINNING)):
                    types.add(lower(found[1].decode("utf-8", "surrogateescape")))
    return types
