"""Files that admins may download: backups, and the files of a certificate's roll-out but for keys."""

from werkzeug.wrappers import Response

from updateserver.edge.backup_files import backup_content
from updateserver.edge.files import read
from updateserver.model.certificate_files import CertificateFiles
from updateserver.model.names import is_safe
from updateserver.model.refusal import Refusal
from updateserver.rules.backups import number_of
from updateserver.web.admin.visit import Visit, download


def delivered_file(visit: Visit) -> Response:
    """Answer `fn=backup/HWID/HWID.7.txt` or `fn=certs/SN-request.p10.der`; nothing else is delivered."""
    *folders, name = visit.argument("fn").split("/")
    content = None
    if len(folders) and is_safe(folders[-1]) and "/".join(folders[:-1]) == visit.config.backup.dir:
        content = _backup(visit, folders[-1], name)
    elif "/".join(folders) in ("", visit.config.customcerts.dir):
        content = _certificate_file(visit, name)
    if content is None:
        raise Refusal(404, visit.words("There is no such file."))
    visit.note("download", name)
    return download(content, name, "text/plain; charset=utf-8" if name.endswith(".txt") else "application/octet-stream")


def _backup(visit: Visit, hwid: str, name: str) -> bytes | None:
    number = number_of(hwid, name)
    if number is None or not visit.config.backup.dir:
        return None
    return backup_content(visit.installation.root, visit.config.backup, hwid, number)


def _certificate_file(visit: Visit, name: str) -> bytes | None:
    folder = visit.installation.site.certificate_folder(visit.config)
    for sn in _serial_numbers(name):
        files = CertificateFiles(sn)
        if folder and name in (files.request, files.request_pem, files.signed, files.error):
            return read(folder / name)
    return None


def _serial_numbers(name: str) -> list[str]:
    """Return the serial numbers that a file name may begin with."""
    endings = ("-request.p10.der", "-request.p10.pem", "-signedrequest.cer", "-requesterror")
    found = [name.removesuffix(ending) for ending in endings if name.endswith(ending)]
    return [sn for sn in found if is_safe(sn)]
