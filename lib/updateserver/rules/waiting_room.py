"""Which unknown devices are kept on the list that an admin looks through: it has an end, and anybody can get in."""

from collections import Counter
from collections.abc import Mapping

from updateserver.model.unknown_device import UnknownDevice
from updateserver.rules.addresses import limit_key

MANY = 1000  # devices that wait, and as many refused ones
_RARELY = 60  # seconds; calls in between are not noted

Devices = Mapping[str, UnknownDevice]


def is_noted(known: UnknownDevice | None, now: int) -> bool:
    """Tell whether a call needs not be noted: the last one was a moment ago, or the device is refused."""
    return known is not None and (known.refused > 0 or 0 <= now - known.last < _RARELY)


def with_one_more(devices: Devices, caller: UnknownDevice) -> Devices:
    """Return the list with a device that called.

    If it is full, one goes that came from the address with the most of them: the one that has not called for longest.
    So whoever invents devices pushes out his own, and a real one is back with its next poll.
    """
    known = devices.get(caller.sn)
    found = {**devices, caller.sn: caller if known is None else _again(known, caller)}
    waiting = [one for one in found.values() if not one.refused]
    if len(waiting) > MANY:
        counts = Counter(limit_key(one.address) for one in waiting)
        most = max(counts.values())
        crowded = [one for one in waiting if counts[limit_key(one.address)] == most]
        del found[min(crowded, key=lambda one: one.last).sn]
    return found


def with_refused(devices: Devices, refused: UnknownDevice) -> Devices:
    """Return the list with a device that is refused; of very many those that were refused first go."""
    found = {**devices, refused.sn: refused}
    old = sorted((one for one in found.values() if one.refused), key=lambda one: one.refused)
    for one in old[: max(0, len(old) - MANY)]:
        del found[one.sn]
    return found


def _again(known: UnknownDevice, caller: UnknownDevice) -> UnknownDevice:
    since = min(known.since, caller.last)
    return UnknownDevice(caller.sn, caller.type, caller.hwid, caller.address, since, caller.last, known.refused)
