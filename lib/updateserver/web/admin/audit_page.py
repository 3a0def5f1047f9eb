"""The audit log as a page."""

from werkzeug.wrappers import Response

from updateserver.web.admin.visit import Visit

_SHOWN = 500


def audit(visit: Visit) -> Response:
    """Show what admins did last."""
    return visit.page("audit.html", deeds=visit.installation.audit.newest(_SHOWN))
