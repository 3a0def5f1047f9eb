"""Adding a device: how it is told about this server."""

import segno
from markupsafe import Markup
from werkzeug.wrappers import Response

from updateserver.fleet.joining import LONGEST_NAME, FirstContact
from updateserver.web.admin.context import PageContext, download


def add_device(context: PageContext) -> Response:
    """Show the form, and what follows from it once there is a name."""
    name = "".join(c for c in context.argument("name").strip() if c.isprintable())[:LONGEST_NAME]
    known = sorted(context.config.environments)
    chosen = tuple(one for one in dict.fromkeys(context.request.args.getlist("env")) if one in known)
    contact = FirstContact(context.base, chosen or (next(iter(context.config.environments)),), name) if name else None
    if contact and context.argument("as") == "text":
        return download(contact.commands.encode(), "new-device.txt", "text/plain; charset=utf-8")
    return context.page(
        "add_device.html",
        name=name,
        known=known,
        chosen=chosen or (next(iter(context.config.environments)),),
        contact=contact,
        code=_code(contact.url) if contact else None,
        longest=LONGEST_NAME,
    )


def _code(url: str) -> Markup:
    """Return the QR code of a URL as SVG; segno makes it of squares, whatever the URL holds."""
    code = segno.make(url, error="m", micro=False)
    return Markup(code.svg_inline(scale=5, border=4, dark="#000", light="#fff", svgclass="qr", omitsize=True))  # noqa: S704
