"""What of an upload may be stored, and how."""

import binascii
import codecs
import re

from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Config
from updateserver.device.certificate_files import CertificateFiles
from updateserver.device.request import BackupUpload, QueryAnswer, VarDump
from updateserver.device.stored import StoredFacts
from updateserver.poll.questions import is_asked
from updateserver.poll.signing_request import request_pem

REQUESTS = "customcerts"  # the limit of what is stored of devices' variables
_LARGEST_DUMP = 64 * 1024  # bytes; a request with a key of 8192 bits is 6 KiB as it is sent
_DECLARATION = re.compile(rb"\s*<\?xml\s([^>]*?)\?>")
_ENCODINGS = ("utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252")  # others may cost seconds to decode
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


def largest(upload: BackupUpload | QueryAnswer | VarDump, config: Config) -> tuple[int, str]:
    """Return how many bytes an upload may have, and which limit says so."""
    match upload:
        case BackupUpload():
            return config.backup.maxsize, "backup/@maxsize"
        case QueryAnswer():
            return config.queries.maxsize, "queries/@maxsize"
        case VarDump():
            return _LARGEST_DUMP, REQUESTS


def unasked(upload: QueryAnswer | VarDump, config: Config, stored: StoredFacts) -> str | None:
    """Return why the server cannot have asked a device for an upload, None if it can have (docs/differences.md, 42).

    What the device has reported decides, so a device whose state was removed is asked again at its next poll.
    """
    if isinstance(upload, QueryAnswer):
        if is_asked(config.queries, upload.id, stored.device):
            return None
        return f"nobody asked {upload.sn} for query '{upload.id}', nothing saved - exit"
    report = stored.report
    # A request is fetched only once the device has shown that it has one, so any other dump of it is somebody else's.
    if report is not None and (report.has_request or upload.var != "X509/REQUEST"):
        return None
    reason = "it has not answered the query 'certificates'" if report is None else "it has shown no signing request"
    return f"nobody asked for var={upload.var!r:.80} as file={upload.file!r:.80}: {reason}, nothing saved"


def answer_text(body: bytes) -> str:
    """Return a query's answer as text without its XML declaration, whose encoding counts."""
    # In the middle of the state's XML it would be text.
    body = body.removeprefix(codecs.BOM_UTF8)
    declaration = _DECLARATION.match(body)
    encoding = _ENCODING.search(declaration[1]) if declaration else None
    name = encoding[1].decode().lower() if encoding else "utf-8"
    if name not in _ENCODINGS:
        raise Refusal(400, f"invalid xml: encoding {name} is none of {', '.join(_ENCODINGS)}")
    body = body[declaration.end() :] if declaration else body
    try:
        return body.decode(name)
    except UnicodeError as error:
        raise Refusal(400, f"invalid xml: {error}") from error


def var_value(dump: VarDump, body: bytes) -> bytes | None:
    """Return the value of the wanted variable in lines `NAME FLAGS VALUE`; None if it is not among them."""
    # One variable a line; the whole name counts, as X509/REQUEST is the beginning of X509/REQUESTKEY, too.
    for line in body.replace(b"\r", b"\n").split(b"\n"):
        name, _, rest = line.partition(b" ")
        flags, blank, value = rest.partition(b" ")
        if name == dump.var.encode() and flags and blank and value:
            return value
    return None


def files_to_write(dump: VarDump, folder: str, value: bytes | None) -> dict[str, bytes]:
    """Return the files of the certificate folder that a dump makes, by name; none if it has no such variable.

    Only what the server itself asks devices for is accepted: their signing request, and why an upload failed.
    """
    # The reference writes any file below the installation here (docs/differences.md, 5).
    files = CertificateFiles(dump.sn)
    asked = (dump.var, dump.file, dump.proc, dump.postproc)
    if asked == ("X509/REQUESTERROR", f"{folder}/{files.error}", "", ""):
        return {} if value is None else {files.error: value}
    if asked != ("X509/REQUEST", f"{folder}/{files.request}", "var2bin", "createPemFromDer"):
        raise Refusal(403, f"nobody asked for var={dump.var!r:.80} as file={dump.file!r:.80}")
    if value is None:
        return {}
    try:
        der = binascii.unhexlify(value.strip(b" ").partition(b" ")[0])  # the value ends at a blank
    except ValueError as error:
        raise Refusal(400, f"the value of {dump.var} is not hexadecimal") from error
    if not der:
        raise Refusal(400, f"the value of {dump.var} is empty")
    return {files.request: der, files.request_pem: request_pem(der)}
