"""Files of a device that another server, such as PHP's, keeps under another spelling of its serial number.

They are looked for by name, at the first call of a device that has no state yet: no folder is listed. The newest state
becomes the device's, with the certificate files of that spelling; older ones stay where they are.
"""

import logging
from pathlib import Path

from updateserver.base.io import files
from updateserver.base.io.files import only_writer
from updateserver.base.names import canonical, is_safe, spellings
from updateserver.configuration.config import Config
from updateserver.device.certificate_files import all_of
from updateserver.poll.io.installation import Installation

_LOG = logging.getLogger("updateserver.spellings")


def taken_over(installation: Installation, config: Config, sn: str) -> bool:
    """Give a device the files of another spelling, if it has none of its own; tell whether there were some."""
    states = installation.status_folder(config)
    if states is None or (states / f"{sn}.xml").exists():
        return False
    others = [other for other in spellings(sn) if (states / f"{other}.xml").is_file()]
    if not others:
        return False
    # PHP made one state for each spelling; the one that was written last is what the device is doing now.
    newest = max(others, key=lambda other: _changed(states / f"{other}.xml"))
    try:
        with only_writer(installation.locks, sn):
            if (states / f"{sn}.xml").exists():
                return True  # by another call at the same moment
            # Certificates before the state: if we are killed in between, the state is still there to be found again.
            _take_certificates(installation.certificate_folder(config), newest, sn)
            (states / f"{newest}.xml").rename(states / f"{sn}.xml")
    except OSError as error:
        _LOG.error("the files of %s cannot be taken over from %s: %s", sn, newest, files.trouble(error))
        return False
    _LOG.info("%s goes on with the files of %s, the same serial number in another spelling", sn, newest)
    return True


def meant(installation: Installation, config: Config, given: str) -> str:
    """Return which device an admin means: the one that is stored as it is `given`, or else that of this number."""
    states = installation.status_folder(config)
    return given if states and is_safe(given) and (states / f"{given}.xml").exists() else canonical(given)


def _take_certificates(folder: Path | None, old: str, new: str) -> None:
    for was, wanted in zip(all_of(old), all_of(new), strict=True) if folder else ():
        path = folder / was if folder else Path()
        if folder and path.is_file() and not (folder / wanted).exists():
            path.rename(folder / wanted)


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
