"""The audit log as a page."""

from werkzeug.wrappers import Response

from updateserver.web.admin.visit import Visit

_SHOWN = 500


def audit(visit: Visit) -> Response:
    """Show what admins did last."""
    audit_log = visit.resources.audit
    return visit.page("audit.html", deeds=audit_log.newest(_SHOWN), is_writable=audit_log.is_writable)
