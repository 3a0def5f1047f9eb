"""Which page answers which `mode`; the modes `status`, `show`, `info` and `ui` are those of the PHP version."""

from collections.abc import Callable

from werkzeug.wrappers import Response

from updateserver.model.refusal import Refusal
from updateserver.web.admin import (
    actions,
    add_device,
    audit_page,
    backups,
    certificates,
    configuration,
    device,
    moving,
    overview,
    snippets,
)
from updateserver.web.admin.visit import Visit

_PAGES: dict[str, Callable[[Visit], Response]] = {
    "status": overview.overview,
    "export": overview.export,
    "device": device.device,
    "next": device.next_script,
    "move": moving.move,
    "backup": backups.difference,
    "snippets": snippets.snippets,
    "snippet": snippets.snippet,
    "show": configuration.configuration,
    "configuration": configuration.configuration,
    "info": add_device.add_device,
    "audit": audit_page.audit,
}
_DEEDS: dict[str, Callable[[Visit], Response]] = {
    "ui": actions.act,
    "move": moving.move,
    "certificate": certificates.act,
    "upload": certificates.act,
}


def answer_of(visit: Visit) -> Response:
    """Return the answer to an admin. Raises Refusal."""
    if visit.request.method == "POST":
        known = _DEEDS
    elif visit.mode == "ui":
        return actions.old_bookmark(visit)
    else:
        known = _PAGES
    if page := known.get(visit.mode):
        return page(visit)
    status = 405 if visit.mode in (_PAGES | _DEEDS) else 404
    raise Refusal(status, visit.words("There is no such page."))
