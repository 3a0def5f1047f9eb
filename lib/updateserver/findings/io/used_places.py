"""Which folders and files of an installation the server reads, and which it writes."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from updateserver.configuration.config import Config
from updateserver.configuration.io.files import data_folders
from updateserver.configuration.source import Severity

_ENTRY_SCRIPTS = ("config.xml", "update.py", "update-migrate.py")
_CONFIG = (
    "user-config.xml",
    "user-config-dvl.xml",
    "scripting.py",
    "client-ca.pem",
)
_SECRETS = ("session-secret", "api-tokens.json")
_ALWAYS_WRITTEN = ("cache", "audit", "debug")
_JOURNAL = "journal.jsonl"


class UsedPlace(NamedTuple):
    """A folder, and what in it is used: the files of these names, or all; those `written` in place, or all."""

    folder: Path
    names: tuple[str, ...] | None = None
    ending: str = ""  # of the names, where all are used
    is_deep: bool = False  # folders in it are used, too
    is_written: bool = False  # files are made and removed in it
    is_made: bool = False  # by the server, where it is not there
    written: tuple[str, ...] | None = ()
    is_private: bool = False  # nobody but the server's user is to read it
    severity: Severity = "error"

    def is_used(self, name: str) -> bool:
        """Tell whether what is called so in the folder is the server's."""
        return name.endswith(self.ending) and not name.startswith(".")

    def is_written_in_place(self, name: str) -> bool:
        """Tell whether a file is opened to be written, such as locks and journals; others are replaced whole."""
        return self.written is None or name in self.written


def used_places(root: Path, config: Config) -> Iterator[UsedPlace]:
    """Yield them all; the program itself is none of them."""
    yield UsedPlace(root, _ENTRY_SCRIPTS)
    yield UsedPlace(root / "admin", ("admin.py",))
    yield UsedPlace(root / "config", _CONFIG)
    yield UsedPlace(root / "config", _SECRETS, is_private=True)
    yield UsedPlace(root / "config" / "ca", is_private=True, severity="warning")  # it may be only root that signs
    yield UsedPlace(root / config.times.dir, ending=".txt", is_made=True)
    written = _written(root, config)
    for name in data_folders(config):
        if root / name not in written and name != config.times.dir:
            yield UsedPlace(root / name, is_deep=True, is_made=True)
    for folder, in_place in written.items():
        is_made = folder != root / "debug"
        yield UsedPlace(folder, is_deep=True, is_written=True, is_made=is_made, written=in_place)


def _written(root: Path, config: Config) -> dict[Path, tuple[str, ...] | None]:
    """Return the folders that are written to, and what in each of them is written in place."""
    found: dict[Path, tuple[str, ...] | None] = {root / name: None for name in _ALWAYS_WRITTEN}
    cache = (root / config.master.cache).parent
    if cache != root:
        found.setdefault(cache, None)
    if config.status.dir:
        found[root / config.status.dir] = None
    if config.backup.dir:
        found[root / config.backup.dir] = ()
    if config.customcerts.dir:
        found[root / config.customcerts.dir] = (_JOURNAL,)
    return found
