"""Who may be a new device here: serial numbers that are accepted, an admin's word, and limits for what is new.

A plain poll of a known device asks none of this, unless the configuration accepts some devices only.
"""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from updateserver.base.io import files
from updateserver.base.io.counts import HourCounts
from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Config
from updateserver.device.admission import UnknownDevice
from updateserver.device.io import expiry
from updateserver.device.io.room import Room, free
from updateserver.device.request import BackupUpload, Poll, QueryAnswer, VarDump
from updateserver.poll.io import other_spellings
from updateserver.poll.io.installation import Installation
from updateserver.poll.io.unknown_devices import unknown_devices
from updateserver.trust.addresses import limit_key
from updateserver.trust.call import Call

_LOG = logging.getLogger("updateserver.newcomers")

WAITS = "this device is not known here: it is served as soon as an admin accepts it"
_REFUSED = "an admin refused this device, nothing is delivered or stored"
_STATE = 4096  # bytes of a new state

Upload = BackupUpload | QueryAnswer | VarDump


def why_it_waits(installation: Installation, config: Config, call: Call, poll: Poll, now: int) -> str:
    """Return why a device gets no script yet, "" if it may have one. Raises Refusal for one that is not accepted."""
    if poll.sn:
        _refuse_unaccepted(installation, config, poll.sn)
    if poll.missing or not config.status.approve or _is_known(installation, config, poll.sn):
        return ""
    if devices := unknown_devices(installation, config):
        known = devices.all().get(poll.sn)
        if known is None and not _may_wait(installation, config, call.address, now):
            return WAITS
        if devices.called(UnknownDevice(poll.sn, poll.type, poll.hwid, call.address, now, now), known).refused:
            raise Refusal(403, _REFUSED, "status/@approve")
    return WAITS


def _may_wait(installation: Installation, config: Config, address: str, now: int) -> bool:
    # Counted apart from states: whoever fills the list of waiting ones must not use up what accepted devices need.
    counts = HourCounts(installation.root / "cache", "new-waiting", installation.locks)
    if counts.admit(limit_key(address), now, config.status.newperhour):
        return True
    installation.refusals.note("status/@newperhour", address, now)
    return False


def refuse_unknown(installation: Installation, config: Config, upload: Upload) -> None:
    """Raise Refusal for an upload of a device that is not accepted, or not yet."""
    if not upload.sn:
        if isinstance(upload, BackupUpload) and not _has_backups(installation, config, upload.hwid):
            limit = "status/@accept" if config.status.accept else "status/@approve"
            raise Refusal(403, "only known devices may leave out their serial number, nothing saved", limit)
        return
    _refuse_unaccepted(installation, config, upload.sn)
    if config.status.approve and not _is_known(installation, config, upload.sn):
        raise Refusal(403, f"{WAITS}, nothing saved", "status/@approve")


def _refuse_unaccepted(installation: Installation, config: Config, sn: str) -> None:
    if config.status.accept and not installation.accepted.have(config.status.accept, sn):
        text = f"the serial number {sn} is none of those that are accepted here, nothing is delivered or stored"
        raise Refusal(403, text, "status/@accept")


def _is_known(installation: Installation, config: Config, sn: str) -> bool:
    folder = installation.status_folder(config)
    return folder is not None and (_has_state(folder, sn) or other_spellings.taken_over(installation, config, sn))


def _has_state(folder: Path, sn: str) -> bool:
    return os.path.lexists(f"{folder}/{sn}.xml")


def _has_backups(installation: Installation, config: Config, hwid: str) -> bool:
    return bool(config.backup.dir) and (installation.root / config.backup.dir / hwid).is_dir()


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who may be about to have something new stored; who comes from `address`, and when (Unix seconds)."""

    installation: Installation
    config: Config
    address: str
    now: int

    def begin_state(self, sn: str) -> None:
        """Count the state that is to be begun, if there is none. Raises Refusal if it may not be."""
        folder = self.installation.status_folder(self.config)
        if folder is not None and not _has_state(folder, sn):
            self._claim("status", self.config.status.maxtotal, folder, _STATE)

    def send_backup(self, upload: BackupUpload, size: int) -> None:
        """Count the state and the folder that a backup is about to begin. Raises as `begin_state` does."""
        if upload.sn:
            self.begin_state(upload.sn)
        if not _has_backups(self.installation, self.config, upload.hwid):
            backup = self.config.backup
            self._claim("backup", backup.maxtotal, self.installation.root / backup.dir, size)
            if not self.config.status.dir:  # else polls have it measured
                expiry.start_if_due(self.installation.root, self.installation.root / "cache", self.now)

    def _claim(self, tag: str, most: int, folder: Path, size: int) -> None:
        """Count something new; where the disk does not let us count, devices go on all the same."""
        try:
            self._count(tag, most, folder, size)
        except OSError as error:
            _LOG.error("new devices cannot be counted: %s", files.trouble(error))

    def _count(self, tag: str, most: int, folder: Path, size: int) -> None:
        least, new = self.config.status.minfree, self.config.status.newperhour
        cache, locks = self.installation.root / "cache", self.installation.locks
        if least > 0 and free(folder) < least:
            text = f"less than {least} bytes are free, nothing is stored of new devices"
            raise Refusal(507, text, "status/@minfree")
        if not HourCounts(cache, f"new-{tag}", locks).admit(limit_key(self.address), self.now, new):
            text = f"more than {new} new devices came from this address within an hour, nothing is stored"
            raise Refusal(429, text, "status/@newperhour")
        if not Room(cache, locks).take(tag, size, most):
            text = f"all devices together take {most} bytes, nothing is stored of new ones"
            raise Refusal(507, text, f"{tag}/@maxtotal")
