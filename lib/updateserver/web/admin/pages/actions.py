"""What admins do with devices: delete, touch, remove certificate files; each only by a form with a token.

An old bookmark of such a deed leads to a page that asks first.
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
from updateserver.web.admin.pages.downloads import delivered_file
from updateserver.web.admin.visit import Visit

_MANY = 1000
_ASKED_FIRST = ("delstatus", "delfile")


def old_bookmark(visit: Visit) -> Response:
    """Answer an address of the PHP version's own calls; nothing is changed."""
    match visit.argument("cmd"):
        case "deliverfile":
            return delivered_file(visit)
        case "updatestatus":
            return _row(visit)
        case cmd if cmd in _DEEDS:
            return _asked(visit, cmd, [visit.serial_number()], visit.argument("file"))
    raise Refusal(404, visit.words("There is no such page."))


def act(visit: Visit) -> Response:
    """Do what a form asks for, or ask first."""
    cmd, given = visit.field("cmd"), visit.request.form.getlist("sn")[:_MANY]
    if cmd not in _DEEDS:
        raise Refusal(400, visit.words("There is no such action."))
    serials = [visit.serial_number(sn) for sn in given]
    if not serials:
        return visit.forward(visit.field("next"), visit.words("No device was chosen."))
    if cmd in _ASKED_FIRST and visit.field("sure") != "yes":
        return _asked(visit, cmd, serials, visit.field("file"))
    done = [sn for sn in serials if _DEEDS[cmd](visit, sn)]
    return visit.forward(visit.field("next"), _told(visit, cmd, done))


def _asked(visit: Visit, cmd: str, serials: list[str], file: str) -> Response:
    wanted = visit.field("next")
    query = wanted if wanted.startswith("?") else "?mode=status"
    return visit.page("confirm.html", cmd=cmd, serials=serials, file=file, next=query)


def _row(visit: Visit) -> Response:
    row = visit.resources.index.row(visit.config, visit.serial_number())
    if row is None:
        raise Refusal(404, visit.words("Nothing is known of this device."))
    return Response(json.dumps(asdict(row)), content_type="application/json")


def _delete(visit: Visit, sn: str) -> bool:
    installation = visit.resources.installation
    if not (folder := installation.status_folder(visit.config)):
        return False
    with only_writer(installation.locks, sn):
        try:
            (folder / f"{sn}.xml").unlink()
        except FileNotFoundError:
            return False
    visit.resources.index.look_again(visit.config, sn)
    visit.note("delete", sn)
    return True


def _touch(visit: Visit, sn: str) -> bool:
    """Have a device count as seen now; its file stays as it is otherwise."""
    installation = visit.resources.installation
    folder = installation.status_folder(visit.config)
    if not folder or not (folder / f"{sn}.xml").exists():
        return False
    installation.states.record(folder, sn, (), Keeping.of(visit.config.status, visit.now))
    visit.resources.index.look_again(visit.config, sn)
    visit.note("touch", sn)
    return True


def _delete_file(visit: Visit, sn: str) -> bool:
    files, name = CertificateFiles(sn), visit.field("file").rpartition("/")[2]
    folder = visit.resources.installation.certificate_folder(visit.config)
    if not folder or name not in (*files.of_request, files.error):
        raise Refusal(400, visit.words("This is no certificate file of this device."))
    with contextlib.suppress(FileNotFoundError):
        (folder / name).unlink()
        visit.resources.index.look_again(visit.config, sn)
        visit.note("delete file", sn, name)
        return True
    return False


_DEEDS: dict[str, Callable[[Visit, str], bool]] = {
    "delstatus": _delete,
    "touchstatus": _touch,
    "delfile": _delete_file,
}


def _told(visit: Visit, cmd: str, done: Iterable[str]) -> str:
    count = len(list(done))
    if cmd == "delstatus":
        return visit.words.count("{n} device deleted.", "{n} devices deleted.", count)
    if cmd == "touchstatus":
        return visit.words.count("{n} device touched.", "{n} devices touched.", count)
    return visit.words.count("{n} file removed.", "{n} files removed.", count)
