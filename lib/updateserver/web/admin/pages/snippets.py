"""The snippet files: whom they reach, what is risky in them; editing stays with the admin's own tools."""

from werkzeug.wrappers import Response

from updateserver.base.refusal import Refusal
from updateserver.base.secrets import lines_without_secrets
from updateserver.fleet.io.snippets import overview, snippet_content
from updateserver.fleet.snippet_hints import hints
from updateserver.web.admin.context import PageContext

_MANY = 500  # files of a page
_DIGITS = 9


def snippets(context: PageContext) -> Response:
    """Show snippet files, many but not all at once."""
    resources, text = context.resources, context.argument("offset")
    offset = int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else 0
    found = overview(resources.installation, resources.index, context.config, offset=offset, limit=_MANY)
    return context.page("snippets.html", all=found, offset=offset, limit=_MANY)


def snippet(context: PageContext) -> Response:
    """Show one file; secrets only when asked for."""
    name = context.argument("fn")
    content = snippet_content(context.resources.installation, context.config, name)
    if content is None:
        raise Refusal(404, context.translate("There is no such snippet."))
    found, lines = list(hints(content, context.config.times)), content.decode("utf-8", "replace").splitlines()
    hidden = lines_without_secrets(lines)
    return context.page(
        "snippet.html",
        filename=name,
        lines=lines if context.shows_secrets(name) else hidden,
        has_secrets=hidden != lines,
        hints=found,
        risky={hint.line for hint in found},
    )
