"""Which devices have shown a verified certificate.

Kept apart from the state files, since it must outlive them: whoever has proved to be a device is not to be replaced by
a stranger because the device was silent for some months. Only an admin makes the server forget it.
"""

import json
import logging
from dataclasses import asdict
from pathlib import Path

from updateserver.base.io.files import content_of, only_writer, replace
from updateserver.base.names import hardware
from updateserver.trust.call import ProvenIdentity

_LOG = logging.getLogger("updateserver.identities")
ENDING = "-identity.json"
_HOLDER = "-holder.json"


class Identities:
    """The identities in a folder, one file `SN-identity.json` for each device.

    A hardware id has three bytes of a serial number only. So the first device that proves, or is given a certificate,
    to be `IP232-30-00-af` holds that name from then on: `ip232-30-00-af-holder.json`.
    """

    def __init__(self, folder: Path, locks: Path) -> None:
        self._folder = folder
        self._locks = locks

    def shown(self, sn: str) -> ProvenIdentity | None:
        """Return the certificate that a device has shown, None if it never showed one.

        A file that cannot be read counts: else a broken disk would let strangers in.
        """
        try:
            return ProvenIdentity(**json.loads(content_of(f"{self._folder}/{sn}{ENDING}")))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, TypeError, ValueError) as error:
            _LOG.error("%s%s cannot be read (%s): the device needs its certificate", sn, ENDING, error)
            return ProvenIdentity("", "", 0, is_factory=False)

    def holder(self, name: str) -> str | None:
        """Return the serial number of the device that holds a hardware id, None if nobody does.

        A file that cannot be read counts: then it is held by nobody who could call.
        """
        path = self._holding(name)
        if path is None:
            return None
        try:
            return str(json.loads(content_of(str(path)))["sn"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, TypeError, KeyError, ValueError) as error:
            _LOG.error("%s cannot be read (%s): nobody can prove to be that device", path.name, error)
            return "?"

    def claim_name(self, name: str, sn: str) -> None:
        """Have a device hold a hardware id, unless somebody does. Raises OSError if that cannot be stored."""
        path = self._holding(name)
        if path is None:
            return
        with only_writer(self._locks, f"holder {path.name}"):
            if not path.exists():
                replace(path, json.dumps({"sn": sn}).encode(), durable=True)

    def release_name(self, name: str, sn: str) -> None:
        """Have a device no longer hold a hardware id."""
        path = self._holding(name)
        if path and self.holder(name) in (sn, "?"):
            path.unlink(missing_ok=True)

    def _holding(self, name: str) -> Path | None:
        """Return the file that says who holds a name, None if it is no hardware id: case makes no other hardware."""
        return self._folder / f"{name.lower()}{_HOLDER}" if hardware(name) else None

    def remember(self, sn: str, identity: ProvenIdentity) -> None:
        """Remember the first certificate that a device shows. Raises OSError if that cannot be stored."""
        self.claim_name(identity.cn, sn)
        path = self._folder / f"{sn}{ENDING}"
        with only_writer(self._locks, f"identity {sn}"):
            if not path.exists():
                # Synced to the disk, unlike states: were it lost, a stranger could take the device's place.
                replace(path, json.dumps(asdict(identity)).encode(), durable=True)

    def release(self, sn: str) -> bool:
        """Forget what a device has shown; return whether there was something to forget."""
        path = self._folder / f"{sn}{ENDING}"
        with only_writer(self._locks, f"identity {sn}"):
            known = path.exists()
            path.unlink(missing_ok=True)
        return known

    def all(self) -> dict[str, ProvenIdentity]:
        """Return what all devices have shown, by serial number."""
        names = sorted(path.name.removesuffix(ENDING) for path in self._folder.glob(f"*{ENDING}"))
        found = {sn: self.shown(sn) for sn in names}
        return {sn: identity for sn, identity in found.items() if identity}
