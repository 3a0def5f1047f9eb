"""Which page answers which `mode`; the modes `status`, `show`, `info` and `ui` are those of the PHP version."""

from collections.abc import Callable

from werkzeug.wrappers import Response

from updateserver.base.refusal import Refusal
from updateserver.web.admin.context import PageContext
from updateserver.web.admin.pages.actions import act, old_bookmark
from updateserver.web.admin.pages.add_device import add_device
from updateserver.web.admin.pages.audit import audit
from updateserver.web.admin.pages.backups import difference
from updateserver.web.admin.pages.certificates import act as act_on_certificate
from updateserver.web.admin.pages.configuration import configuration
from updateserver.web.admin.pages.device import device, next_script
from updateserver.web.admin.pages.moving import move
from updateserver.web.admin.pages.overview import export, overview
from updateserver.web.admin.pages.redirection.deeds import change
from updateserver.web.admin.pages.redirection.views import calls, redirection
from updateserver.web.admin.pages.snippets import snippet, snippets
from updateserver.web.admin.pages.unknown import decide, unknown

_PAGES: dict[str, Callable[[PageContext], Response]] = {
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
    "redirection": redirection,
    "calls": calls,
}
_ACTIONS: dict[str, Callable[[PageContext], Response]] = {
    "ui": act,
    "move": move,
    "certificate": act_on_certificate,
    "upload": act_on_certificate,
    "unknown": decide,
    "redirection": change,
}


def answer_of(context: PageContext) -> Response:
    """Return the answer to an admin. Raises Refusal."""
    if context.request.method == "POST":
        functions = _ACTIONS
    elif context.mode == "ui":
        return old_bookmark(context)
    else:
        functions = _PAGES
    if page := functions.get(context.mode):
        return page(context)
    status = 405 if context.mode in (_PAGES | _ACTIONS) else 404
    raise Refusal(status, context.translate("There is no such page."))
