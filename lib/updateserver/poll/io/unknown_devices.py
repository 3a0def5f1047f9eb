"""The list of unknown devices (`status/@approve`): those that wait for an admin, and those that an admin refused.

A device is known as soon as it has a state file; so to accept one is to make that file, and a device that is deleted is
unknown again.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from updateserver.base.io import files
from updateserver.base.io.files import content_of, only_writer
from updateserver.configuration.config import Config
from updateserver.device.admission import UnknownDevice, is_noted, with_one_more, with_refused
from updateserver.device.io.states import Keeping
from updateserver.device.steps import Change, Log, Remember
from updateserver.poll.io.installation import Installation

_FILE = "unknown-devices.json"  # in the status folder
_LOCK = "unknown list"
_TYPES = [str, str, str, str, int, int, int]  # of the fields


class UnknownDevices:
    """The list in the folder `status`; `locks` is the folder for lock files."""

    def __init__(self, status: Path, locks: Path) -> None:
        self._path = status / _FILE
        self._locks = locks

    def all(self) -> dict[str, UnknownDevice]:
        """Return the list by serial numbers. Raises OSError if it cannot be read."""
        try:
            plain = json.loads(content_of(self._path))
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError):
            return {}
        found = [_device(one) for one in plain] if isinstance(plain, list) else []
        return {one.sn: one for one in found if one}

    def called(self, caller: UnknownDevice, known: UnknownDevice | None = None) -> UnknownDevice:
        """Note that a device called; return it as it stands in the list, or stood: `known`. Raises OSError."""
        if known is not None and is_noted(known, caller.last):
            return known
        with only_writer(self._locks, _LOCK):
            devices = with_one_more(self.all(), caller)
            self._keep(devices)
        return devices.get(caller.sn, caller)

    def refuse(self, sn: str, now: int) -> None:
        """Refuse a device, also one that has not called yet. Raises OSError."""
        with only_writer(self._locks, _LOCK):
            devices = self.all()
            known = devices.get(sn) or UnknownDevice(sn, "", "", "", now, 0)
            self._keep(with_refused(devices, known._replace(refused=now)))

    def take_out(self, sn: str) -> UnknownDevice | None:
        """Remove a device from the list; return what is known of it. Raises OSError."""
        with only_writer(self._locks, _LOCK):
            devices = self.all()
            known = devices.pop(sn, None)
            if known:
                self._keep(devices)
        return known

    def _keep(self, devices: Mapping[str, UnknownDevice]) -> None:
        files.replace(self._path, json.dumps([*devices.values()]).encode())


def _device(plain: Any) -> UnknownDevice | None:
    if isinstance(plain, list) and [type(value) for value in plain] == _TYPES:
        return UnknownDevice(*plain)
    return None


def unknown_devices(installation: Installation, config: Config) -> UnknownDevices | None:
    """Return the list of an installation, None where no states are kept, so that no device can ever be known."""
    folder = installation.status_folder(config)
    return UnknownDevices(folder, installation.locks) if folder else None


def accept(installation: Installation, config: Config, sn: str, by: str, now: int) -> bool:
    """Let a device in, also one that has not called yet; False where it is known already. Raises OSError."""
    folder, devices = installation.status_folder(config), unknown_devices(installation, config)
    if folder is None or devices is None or (folder / f"{sn}.xml").exists():
        return False
    # Out of the list before the state is there: if we are killed in between, it waits again at its next poll.
    known = devices.take_out(sn)
    said = {"type": known.type, "ip": known.address} if known else {}
    changes: list[Change] = [Remember("device", {"sn": sn, **said}), Log(f"accepted by {by}")]
    installation.states.record(folder, sn, changes, Keeping.of(config.status, now))
    return True


def refuse(installation: Installation, config: Config, sn: str, now: int) -> bool:
    """Keep a device out; False where it is known already, and has to be deleted first. Raises OSError."""
    folder, devices = installation.status_folder(config), unknown_devices(installation, config)
    if folder is None or devices is None or (folder / f"{sn}.xml").exists():
        return False
    devices.refuse(sn, now)
    return True
