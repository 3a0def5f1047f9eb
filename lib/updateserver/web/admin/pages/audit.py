"""The audit log as a page."""

from werkzeug.wrappers import Response

from updateserver.web.admin.context import PageContext

_SHOWN = 500


def audit(context: PageContext) -> Response:
    """Show what admins did last."""
    audit_log = context.resources.audit
    return context.page("audit.html", entries=audit_log.newest(_SHOWN), is_writable=audit_log.is_writable)
