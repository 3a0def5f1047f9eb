"""What differs between two backups of a device."""

from werkzeug.wrappers import Response

from updateserver.backups.difference import difference as difference_of
from updateserver.backups.io.store import backup_content
from updateserver.base.message import Message
from updateserver.base.refusal import Refusal
from updateserver.fleet.rows import DeviceFacts
from updateserver.web.admin.pages.device import facts_of
from updateserver.web.admin.visit import Visit

_MANY = 5000  # rows of a page
_DIGITS = 9


def difference(visit: Visit) -> Response:
    """Show what changed from one backup to another; secrets only when asked for."""
    facts = facts_of(visit)
    old, new = _number(visit, "old"), _number(visit, "new")
    changes = list(difference_of(_content(visit, facts, old), _content(visit, facts, new)))
    with_secrets = visit.shows_secrets(facts.row.sn, Message("backups {old} and {new}", old=old, new=new))
    return visit.page(
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


def _number(visit: Visit, name: str) -> int:
    text = visit.argument(name)
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise Refusal(400, visit.words("Choose two backups."))
    return int(text)


def _content(visit: Visit, facts: DeviceFacts, number: int) -> bytes:
    content = backup_content(visit.resources.root, visit.config.backup, facts.row.hwid, number)
    if content is None:
        raise Refusal(404, visit.words("There is no such backup."))
    return content


def _backup(facts: DeviceFacts, number: int) -> object:
    return next((backup for backup in facts.backups if backup.number == number), None)
