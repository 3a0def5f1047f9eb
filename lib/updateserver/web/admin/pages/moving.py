"""Moving to other hardware: a new serial number takes over another's snippets, and its backup is offered for upload."""

from pathlib import Path

from werkzeug.wrappers import Response

from updateserver.backups.io.store import backup_content
from updateserver.base.message import Message
from updateserver.base.refusal import Refusal
from updateserver.fleet.joining import for_other_hardware, renamed
from updateserver.fleet.rows import DeviceFacts
from updateserver.web.admin.context import PageContext, download
from updateserver.web.admin.pages.device import facts_of


def move(context: PageContext) -> Response:
    """Show what moving would do, deliver the backup, or rename the snippets."""
    facts = facts_of(context)
    if context.request.method == "POST":
        return _moved(context, facts)
    content, removed = _backup(context, facts)
    if context.argument("as") == "backup" and content is not None:
        context.note("download", facts.row.sn, Message("backup for other hardware"))
        return download(content, f"{facts.row.sn}-for-other-hardware.txt", "text/plain; charset=utf-8")
    return context.page(
        "move.html",
        row=facts.row,
        snippets=sorted(renamed(_names(context), facts.row.sn, facts.row.sn)),
        has_backup=content is not None,
        removed=removed,
    )


def _moved(context: PageContext, facts: DeviceFacts) -> Response:
    new = context.serial_number(context.field("new").strip())
    folder = _folder(context)
    names = renamed(_names(context), facts.row.sn, new)
    if taken := [name for name in names.values() if (folder / name).exists()]:
        text = context.translate("There are snippets of {sn} already: {names}", sn=new, names=", ".join(taken))
        raise Refusal(409, text)
    try:
        for old_name, new_name in names.items():
            (folder / old_name).rename(folder / new_name)
    except OSError as error:
        may_not = "The server may not rename files of the folder {folder}: rename them manually."
        raise Refusal(409, context.translate(may_not, folder=context.config.times.dir)) from error
    context.note("move", facts.row.sn, _renamed_for(new, len(names)))
    notice = context.translate.count(
        "{n} snippet renamed for {sn}.", "{n} snippets renamed for {sn}.", len(names), sn=new
    )
    return context.forward(f"?mode=move&sn={facts.row.sn}", notice)


def _renamed_for(sn: str, count: int) -> Message:
    return Message("1 snippet for {sn}", sn=sn) if count == 1 else Message("{n} snippets for {sn}", n=count, sn=sn)


def _folder(context: PageContext) -> Path:
    return context.resources.root / context.config.times.dir


def _names(context: PageContext) -> list[str]:
    return [path.name for path in _folder(context).glob("*.txt")]


def _backup(context: PageContext, facts: DeviceFacts) -> tuple[bytes | None, int]:
    """Return the newest backup without the device's own lines, and how many these are."""
    for newest in facts.backups[:1]:
        content = backup_content(context.resources.root, context.config.backup, facts.row.hwid, newest.number)
        if content is not None:
            return for_other_hardware(content, facts.row.sn, facts.row.hwid)
    return None, 0
