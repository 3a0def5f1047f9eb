"""Devices that are not known yet: an admin accepts or refuses them (`status/@approve`)."""

from collections.abc import Iterator

from werkzeug.wrappers import Response

from updateserver.base.refusal import Refusal
from updateserver.device.admission import UnknownDevice
from updateserver.poll.io.refusals import REASONS, values_of
from updateserver.poll.io.unknown_devices import accept, refuse, unknown_devices
from updateserver.web.admin.context import PageContext

_MANY = 2000


def unknown(context: PageContext) -> Response:
    """Show who waits, and who was refused."""
    waiting, refused = _listed(context)
    return context.page("unknown.html", waiting=waiting, refused=refused)


def decide(context: PageContext) -> Response:
    """Accept or refuse the devices that a form names."""
    do, given = context.field("do"), context.request.form.getlist("sn")[:_MANY]
    if do not in ("accept", "refuse"):
        raise Refusal(400, context.translate("There is no such action."))
    serials = [context.serial_number(sn) for sn in given]
    if not serials:
        return context.forward("?mode=unknown", context.translate("No device was selected."))
    count = sum(_decided(context, do, sn) for sn in serials)
    if do == "accept":
        notice = context.translate.count("{n} device accepted.", "{n} devices accepted.", count)
    else:
        notice = context.translate.count("{n} device refused.", "{n} devices refused.", count)
    return context.forward("?mode=unknown", notice)


def limit_notices(context: PageContext) -> Iterator[tuple[str, str]]:
    """Yield each limit that refused something during the last day, and what that was."""
    for limit, tally in context.resources.installation.refusals.lately(context.now).items():
        if limit in REASONS:
            values = {**dict(values_of(tally)), "n": context.translate.number(tally.total)}
            yield limit, context.translate(REASONS[limit], **values)


def how_many_wait(context: PageContext) -> int:
    """Return how many devices wait for an admin."""
    return len(_listed(context)[0]) if context.config.status.approve else 0


def _decided(context: PageContext, do: str, sn: str) -> bool:
    installation, config = context.resources.installation, context.config
    if do == "accept":
        is_done = accept(installation, config, sn, context.session.user or context.call.address, context.now)
    else:
        is_done = refuse(installation, config, sn, context.now)
    if is_done:
        context.resources.index.reread(config, sn)
        context.note(do, sn)
    return is_done


def _listed(context: PageContext) -> tuple[list[UnknownDevice], list[UnknownDevice]]:
    devices = unknown_devices(context.resources.installation, context.config)
    found = sorted(devices.all().values() if devices else (), key=lambda one: (-one.last, one.sn))
    return [one for one in found if not one.refused], [one for one in found if one.refused]
