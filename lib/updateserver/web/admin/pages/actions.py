"""What admins do with devices: delete, touch, remove certificate files; each only by a form with a token.

An old bookmark of such an action leads to a page that asks first.
"""

import contextlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict

from werkzeug.wrappers import Response

from updateserver.base.io.files import only_writer
from updateserver.base.refusal import Refusal
from updateserver.device.certificate_files import CertificateFiles
from updateserver.device.io.states import Keeping
from updateserver.web.admin.context import PageContext
from updateserver.web.admin.pages.downloads import delivered_file

_MANY = 1000
_ASKED_FIRST = ("delstatus", "delfile")


def old_bookmark(context: PageContext) -> Response:
    """Answer an address of the PHP version's own calls; nothing is changed."""
    match context.argument("cmd"):
        case "deliverfile":
            return delivered_file(context)
        case "updatestatus":
            return _row(context)
        case cmd if cmd in _ACTIONS:
            return _asked(context, cmd, [context.serial_number()], context.argument("file"))
    raise Refusal(404, context.translate("There is no such page."))


def act(context: PageContext) -> Response:
    """Do what a form asks for, or ask first."""
    cmd, given = context.field("cmd"), context.request.form.getlist("sn")[:_MANY]
    if cmd not in _ACTIONS:
        raise Refusal(400, context.translate("There is no such action."))
    serials = [context.serial_number(sn) for sn in given]
    if not serials:
        return context.forward(context.field("next"), context.translate("No device was selected."))
    if cmd in _ASKED_FIRST and context.field("sure") != "yes":
        return _asked(context, cmd, serials, context.field("file"))
    done = [sn for sn in serials if _ACTIONS[cmd](context, sn)]
    return context.forward(context.field("next"), _notice(context, cmd, done))


def _asked(context: PageContext, cmd: str, serials: list[str], file: str) -> Response:
    wanted = context.field("next")
    # Only ever a page of ours: a whole address here would be an open redirect.
    query = wanted if wanted.startswith("?") else "?mode=status"
    return context.page("confirm.html", cmd=cmd, serials=serials, file=file, next=query)


def _row(context: PageContext) -> Response:
    row = context.resources.index.row(context.config, context.serial_number())
    if row is None:
        raise Refusal(404, context.translate("This device is not known."))
    return Response(json.dumps(asdict(row)), content_type="application/json")


def _delete(context: PageContext, sn: str) -> bool:
    installation = context.resources.installation
    if not (folder := installation.status_folder(context.config)):
        return False
    with only_writer(installation.locks, sn):
        try:
            (folder / f"{sn}.xml").unlink()
        except FileNotFoundError:
            return False
    context.resources.index.reread(context.config, sn)
    context.note("delete", sn)
    return True


def _touch(context: PageContext, sn: str) -> bool:
    """Have a device count as seen now; its file stays as it is otherwise."""
    installation = context.resources.installation
    folder = installation.status_folder(context.config)
    if not folder or not (folder / f"{sn}.xml").exists():
        return False
    installation.states.record(folder, sn, (), Keeping.of(context.config.status, context.now))
    context.resources.index.reread(context.config, sn)
    context.note("touch", sn)
    return True


def _delete_file(context: PageContext, sn: str) -> bool:
    files, name = CertificateFiles(sn), context.field("file").rpartition("/")[2]
    folder = context.resources.installation.certificate_folder(context.config)
    if not folder or name not in (*files.of_request, files.error):
        raise Refusal(400, context.translate("This is no certificate file of this device."))
    with contextlib.suppress(FileNotFoundError):
        (folder / name).unlink()
        context.resources.index.reread(context.config, sn)
        context.note("delete file", sn, name)
        return True
    return False


_ACTIONS: dict[str, Callable[[PageContext, str], bool]] = {
    "delstatus": _delete,
    "touchstatus": _touch,
    "delfile": _delete_file,
}


def _notice(context: PageContext, cmd: str, done: Iterable[str]) -> str:
    count = len(list(done))
    if cmd == "delstatus":
        return context.translate.count("{n} device deleted.", "{n} devices deleted.", count)
    if cmd == "touchstatus":
        return context.translate.count("{n} device marked as seen.", "{n} devices marked as seen.", count)
    return context.translate.count("{n} file removed.", "{n} files removed.", count)
