"""Devices that are not known yet: an admin accepts or refuses them (`status/@approve`)."""

from collections.abc import Iterator

from werkzeug.wrappers import Response

from updateserver.base.refusal import Refusal
from updateserver.device.admission import UnknownDevice
from updateserver.poll.io.refusals import REASONS, values_of
from updateserver.poll.io.unknown_devices import accept, refuse, unknown_devices
from updateserver.web.admin.visit import Visit

_MANY = 2000


def unknown(visit: Visit) -> Response:
    """Show who waits, and who was refused."""
    waiting, refused = _listed(visit)
    return visit.page("unknown.html", waiting=waiting, refused=refused)


def decide(visit: Visit) -> Response:
    """Accept or refuse the devices that a form names."""
    do, given = visit.field("do"), visit.request.form.getlist("sn")[:_MANY]
    if do not in ("accept", "refuse"):
        raise Refusal(400, visit.words("There is no such action."))
    serials = [visit.serial_number(sn) for sn in given]
    if not serials:
        return visit.forward("?mode=unknown", visit.words("No device was chosen."))
    count = sum(_decided(visit, do, sn) for sn in serials)
    if do == "accept":
        told = visit.words.count("{n} device accepted.", "{n} devices accepted.", count)
    else:
        told = visit.words.count("{n} device refused.", "{n} devices refused.", count)
    return visit.forward("?mode=unknown", told)


def limit_notices(visit: Visit) -> Iterator[tuple[str, str]]:
    """Yield each limit that refused something during the last day, and what that was."""
    for limit, tally in visit.resources.installation.refusals.lately(visit.now).items():
        if limit in REASONS:
            values = {**dict(values_of(tally)), "n": visit.words.number(tally.total)}
            yield limit, visit.words(REASONS[limit], **values)


def how_many_wait(visit: Visit) -> int:
    """Return how many devices wait for an admin."""
    return len(_listed(visit)[0]) if visit.config.status.approve else 0


def _decided(visit: Visit, do: str, sn: str) -> bool:
    installation, config = visit.resources.installation, visit.config
    if do == "accept":
        is_done = accept(installation, config, sn, visit.session.user or visit.call.address, visit.now)
    else:
        is_done = refuse(installation, config, sn, visit.now)
    if is_done:
        visit.resources.index.look_again(config, sn)
        visit.note(do, sn)
    return is_done


def _listed(visit: Visit) -> tuple[list[UnknownDevice], list[UnknownDevice]]:
    devices = unknown_devices(visit.resources.installation, visit.config)
    found = sorted(devices.all().values() if devices else (), key=lambda one: (-one.last, one.sn))
    return [one for one in found if not one.refused], [one for one in found if one.refused]
