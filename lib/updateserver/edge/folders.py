"""The folders of an installation that hold its data."""

import logging
from pathlib import Path, PurePosixPath

from updateserver.edge import disk_trouble
from updateserver.model.configuration import Config

_log = logging.getLogger(__name__)


def data_folders(config: Config) -> tuple[str, ...]:
    """Return the folders that the configuration names, relative to the root, and those that are always there."""
    firmware = config.fwstorage.url.split("{")[0]
    own_firmware = "://" not in config.fwstorage.url and firmware.endswith("/") and not firmware.startswith("/")
    named = (
        str(PurePosixPath(config.master.cache).parent) if config.master.cache else "",
        firmware if own_firmware else "fw",
        config.backup.dir,
        config.status.dir,
        config.customcerts.dir,
        config.times.dir,
        "web",
    )
    return tuple(dict.fromkeys(folder.rstrip("/") for folder in named if folder))


def make_missing_folders(root: Path, config: Config) -> None:
    """Make the data folders that are not there; what cannot be made is logged."""
    for folder in data_folders(config):
        try:
            (root / folder).mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as problem:
            what = disk_trouble.told(problem) if isinstance(problem, OSError) else problem
            _log.error("cannot make the folder %s: %s", folder, what)
