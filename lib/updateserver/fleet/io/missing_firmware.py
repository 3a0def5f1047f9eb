"""Firmware and boot code files that devices are told to load, and that are not there."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from updateserver.base.names import is_type
from updateserver.base.text import lower
from updateserver.configuration.config import Config
from updateserver.fleet.io.index import DeviceGroup, FleetIndex, groups_of
from updateserver.fleet.snippet_hints import MissingFirmware
from updateserver.poll.firmware import BOOTCODE, FIRMWARE, ImageKind, file_name, file_url, wanted_builds
from updateserver.poll.io.installation import Installation
from updateserver.poll.membership import applies_to, classes_of
from updateserver.trust.call import Call

# its base is only cut off again
_HERE = Call("here", "/", "", https=False, port="80", peer="127.0.0.1", proxy=None, lighttpd=True)


def missing_firmware(installation: Installation, index: FleetIndex, config: Config) -> list[MissingFirmware]:
    """Return the files that devices of known types are told to load and that are not in our own `fw/`.

    The reference device is not asked: its builds are those in the cache.
    """
    counted: Counter[tuple[str, str, str]] = Counter()
    for group, serials in groups_of(index, config).items():
        for kind, build in _wanted(installation, config, group):
            path = file_url(config, _HERE, group.type, kind, build).removeprefix(_HERE.base)
            if path.endswith("/"):
                path += file_name(config, group.type, kind)
            if "://" not in path and ".." not in path.split("/"):
                counted[path, group.type, build] += len(serials)
    return [
        MissingFirmware(path, device_type, build, count)
        for (path, device_type, build), count in sorted(counted.items())
        if not (installation.root / unquote(path)).is_file()
    ]


def _wanted(installation: Installation, config: Config, group: DeviceGroup) -> Iterator[tuple[ImageKind, str]]:
    master = config.master
    if not master.info or not is_type(group.type):
        return
    classes = classes_of(config, group.type)
    if not all(applies_to(one, classes, group.environments) for one in master.applies):
        return
    builds = None if master.info == "none" else installation.reference_device.cached(master).builds
    firmware, bootcode = wanted_builds(master, builds)
    own = lower(group.type)
    if firmware and own not in map(lower, config.nofirmdev):
        yield FIRMWARE, firmware
    if bootcode and own not in map(lower, config.nobootdev):
        yield BOOTCODE, bootcode
