"""Files that admins may download: backups, snippets, states, and the files of an enrolment but for keys."""

from werkzeug.wrappers import Response

from updateserver.backups.numbering import number_of
from updateserver.base.io.files import own_content
from updateserver.base.names import is_safe
from updateserver.base.refusal import Refusal
from updateserver.device.certificate_files import CertificateFiles
from updateserver.web.admin.context import PageContext, download

_TYPES = {".txt": "text/plain; charset=utf-8", ".xml": "application/xml"}


def delivered_file(context: PageContext) -> Response:
    """Answer `fn=backup/HWID/HWID.7.txt`, `certs/SN-request.p10.der`, `scripts/X.txt` or `status/SN.xml`, no other."""
    folder, _, name = context.argument("fn").rpartition("/")
    content = _content(context, folder, name)
    if content is None:
        raise Refusal(404, context.translate("There is no such file."))
    context.note("download", name)
    return download(content, name, _TYPES.get(name[-4:], "application/octet-stream"))


def _content(context: PageContext, folder: str, name: str) -> bytes | None:
    root, config = context.resources.root, context.config
    above, _, hwid = folder.rpartition("/")
    if above == config.backup.dir and is_safe(hwid) and number_of(hwid, name) is not None:
        return own_content(root, above, hwid, name)
    if folder in ("", config.customcerts.dir) and _is_of_a_request(name):
        return own_content(root, config.customcerts.dir, name)
    if _is_folder(folder, config.times.dir) and _is_snippet(name):
        return own_content(root, config.times.dir, name)
    if _is_folder(folder, config.status.dir) and name.endswith(".xml") and is_safe(name.removesuffix(".xml")):
        return own_content(root, config.status.dir, name)
    return None


def _is_folder(folder: str, configured: str) -> bool:
    return folder.rstrip("/") == configured.rstrip("/") != ""


def _is_snippet(name: str) -> bool:
    return name.endswith(".txt") and not name.startswith(".") and name.isprintable()


def _is_of_a_request(name: str) -> bool:
    for sn in _serial_numbers(name):
        files = CertificateFiles(sn)
        if name in (files.request, files.request_pem, files.signed, files.error):
            return True
    return False


def _serial_numbers(name: str) -> list[str]:
    """Return the serial numbers that a file name may begin with."""
    endings = ("-request.p10.der", "-request.p10.pem", "-signedrequest.cer", "-requesterror")
    found = [name.removesuffix(ending) for ending in endings if name.endswith(ending)]
    return [sn for sn in found if is_safe(sn)]
