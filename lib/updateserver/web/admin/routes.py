"""Which page answers which `mode`; the modes `status`, `show`, `info` and `ui` are those of the PHP version."""

from collections.abc import Callable

from werkzeug.wrappers import Response

from updateserver.base.refusal import Refusal
from updateserver.web.admin.pages.actions import act, old_bookmark
from updateserver.web.admin.pages.add_device import add_device
from updateserver.web.admin.pages.audit import audit
from updateserver.web.admin.pages.backups import difference
from updateserver.web.admin.pages.certificates import act as act_on_certificate
from updateserver.web.admin.pages.configuration import configuration
from updateserver.web.admin.pages.device import device, next_script
from updateserver.web.admin.pages.moving import move
from updateserver.web.admin.pages.overview import export, overview
from updateserver.web.admin.pages.snippets import snippet, snippets
from updateserver.web.admin.pages.unknown import decide, unknown
from updateserver.web.admin.visit import Visit

_PAGES: dict[str, Callable[[Visit], Response]] = {
    "status": overview,
    "export": export,
    "device": device,
    "next": next_script,
    "move": move,
    "backup": difference,
    "snippets": snippets,
    "snippet": snippet,
    "show": configuration,
    "configuration": configuration,
    "info": add_device,
    "audit": audit,
    "unknown": unknown,
}
_DEEDS: dict[str, Callable[[Visit], Response]] = {
    "ui": act,
    "move": move,
    "certificate": act_on_certificate,
    "upload": act_on_certificate,
    "unknown": decide,
}


def answer_of(visit: Visit) -> Response:
    """Return the answer to an admin. Raises Refusal."""
    if visit.request.method == "POST":
        known = _DEEDS
    elif visit.mode == "ui":
        return old_bookmark(visit)
    else:
        known = _PAGES
    if page := known.get(visit.mode):
        return page(visit)
    status = 405 if visit.mode in (_PAGES | _DEEDS) else 404
    raise Refusal(status, visit.words("There is no such page."))
