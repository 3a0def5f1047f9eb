"""What differs between two backups of a device."""

from werkzeug.wrappers import Response

from updateserver.backups.difference import difference as difference_of
from updateserver.backups.io.store import backup_content
from updateserver.base.message import Message
from updateserver.base.refusal import Refusal
from updateserver.fleet.rows import DeviceFacts
from updateserver.web.admin.context import PageContext
from updateserver.web.admin.pages.device import facts_of

_MANY = 5000  # rows of a page
_DIGITS = 9


def difference(context: PageContext) -> Response:
    """Show what changed from one backup to another; secrets only when asked for."""
    facts = facts_of(context)
    old, new = _number(context, "old"), _number(context, "new")
    changes = list(difference_of(_content(context, facts, old), _content(context, facts, new)))
    with_secrets = context.shows_secrets(facts.row.sn, Message("backups {old} and {new}", old=old, new=new))
    return context.page(
        "difference.html",
        row=facts.row,
        old=_backup(facts, old),
        new=_backup(facts, new),
        backups=facts.backups,
        changes=[change if with_secrets else change.masked for change in changes[:_MANY]],
        count=len(changes),
        has_secrets=any(change.is_secret for change in changes),
        with_secrets=with_secrets,
    )


def _number(context: PageContext, name: str) -> int:
    text = context.argument(name)
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise Refusal(400, context.translate("Choose two backups."))
    return int(text)


def _content(context: PageContext, facts: DeviceFacts, number: int) -> bytes:
    content = backup_content(context.resources.root, context.config.backup, facts.row.hwid, number)
    if content is None:
        raise Refusal(404, context.translate("There is no such backup."))
    return content


def _backup(facts: DeviceFacts, number: int) -> object:
    return next((backup for backup in facts.backups if backup.number == number), None)
