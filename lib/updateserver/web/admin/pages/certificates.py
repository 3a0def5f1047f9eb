"""A device's certificate from request to upload: shown, signed, rejected, uploaded, released."""

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.wrappers import Response

from updateserver.base.io.json_lines import Entry
from updateserver.base.message import Message, together
from updateserver.base.refusal import Refusal
from updateserver.certificates.io import local_ca
from updateserver.certificates.io.ending import reject, release
from updateserver.certificates.io.enrolment import Enrolment, EnrolmentOff, Review
from updateserver.certificates.io.journal import Journal
from updateserver.certificates.io.local_ca import CaUnusable
from updateserver.certificates.io.overview import row
from updateserver.certificates.io.signing import NotSigned, sign
from updateserver.certificates.io.uploading import NotAccepted, accept
from updateserver.certificates.progress import EnrolmentRow
from updateserver.trust.certificate import Certificate, RequestOrigin
from updateserver.web.admin.rendering import link
from updateserver.web.admin.visit import Visit

_MANY = 30  # entries of the journal
_LARGEST = 256 * 1024  # bytes of an upload; what is larger than a certificate is told so


@dataclass(frozen=True, slots=True)
class Life:
    """Where a device's certificate stands, and what can be done."""

    row: EnrolmentRow
    review: Review | None
    origin: RequestOrigin | None
    signed: Certificate | None
    files: tuple[str, ...]  # those that are there, for download and delete
    is_local: bool  # our own CA signs
    is_known: bool  # it has shown, or been given, a certificate
    journal: tuple[Entry, ...]  # newest first
    has_older: bool  # the journal is so long that older entries were not looked for

    @property
    def may_upload(self) -> bool:
        """Tell whether a signed certificate is waited for."""
        return self.review is not None and self.signed is None

    @staticmethod
    def reasons(entry: Entry) -> list[str]:
        """Return why something was done."""
        return Journal.reasons(entry)


def life_of(visit: Visit, sn: str) -> Life | None:
    """Return where a device's certificate stands, None where custom certificates are off."""
    try:
        enrolment = Enrolment(visit.resources.installation, visit.config, sn)
    except EnrolmentOff:
        return None
    files, history = enrolment.files, enrolment.history()
    shown = (files.request, files.request_pem, files.signed, files.error)
    return Life(
        row=row(enrolment, visit.now),
        review=enrolment.review(visit.now),
        origin=history.origin,
        signed=enrolment.certificate(files.signed),
        files=tuple(name for name in shown if enrolment.changed(name) is not None),
        is_local=visit.config.customcerts.is_local,
        is_known=bool(history.identity or history.issued),
        journal=tuple(enrolment.journal.newest(sn, _MANY)),
        has_older=enrolment.journal.is_long,
    )


def act(visit: Visit) -> Response:
    """Do what a form of the device page asks for. Raises Refusal."""
    sn, deed = visit.serial_number(visit.field("sn")), visit.field("do")
    if deed not in _DEEDS:
        raise Refusal(400, visit.words("There is no such action."))
    try:
        enrolment = Enrolment(visit.resources.installation, visit.config, sn)
        told = _DEEDS[deed](visit, enrolment)
    except (NotSigned, NotAccepted) as refused:
        visit.note(f"{deed} refused", sn, together(refused.reasons))
        return visit.page("refused.html", 409, sn=sn, deed=deed, reasons=refused.reasons)
    except (CaUnusable, EnrolmentOff) as problem:
        return visit.page("refused.html", 409, sn=sn, deed=deed, reasons=problem.reasons)
    visit.note(deed, sn, told)
    visit.resources.index.look_again(visit.config, sn)
    return visit.forward(link("device", sn=sn), visit.words(told))


def _sign(visit: Visit, enrolment: Enrolment) -> Message:
    ca = local_ca.load(visit.resources.root, visit.now)
    despite = visit.field("despite") == "yes"
    certificate = sign(enrolment, ca, visit.now, by=_by(visit), despite_conflict=despite)
    return Message("Signed: certificate {serial}. The device gets it when it polls.", serial=certificate.serial)


def _reject(visit: Visit, enrolment: Enrolment) -> Message:
    reject(enrolment, visit.now, by=_by(visit), reason=visit.field("reason")[:200])
    return Message("Rejected: the device is to make another request.")


def _release(visit: Visit, enrolment: Enrolment) -> Message:
    forgotten = release(enrolment, by=_by(visit))
    if not forgotten:
        return Message("There was nothing to be released.")
    return Message("Released: the device may come with another certificate.")


def _upload(visit: Visit, enrolment: Enrolment) -> Message:
    file = visit.request.files.get("certificate")
    notes = accept(enrolment, file.stream.read(_LARGEST) if file else b"", visit.now, by=_by(visit))
    told = Message("Accepted: the device gets the certificate when it polls.")
    return together([told, *notes], " ")


def _by(visit: Visit) -> str:
    return visit.session.user or visit.call.address


_DEEDS: dict[str, Callable[[Visit, Enrolment], Message]] = {
    "sign": _sign,
    "reject": _reject,
    "release": _release,
    "upload": _upload,
}
