"""A device's certificate from request to upload: shown, signed, rejected, uploaded, released."""

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree
from werkzeug.wrappers import Response

from updateserver.base.io.json_lines import Entry
from updateserver.base.message import Message, together
from updateserver.base.refusal import Refusal
from updateserver.certificates.io import local_ca
from updateserver.certificates.io.ending import reject, release
from updateserver.certificates.io.enrolment import Enrolment, EnrolmentOff, Review
from updateserver.certificates.io.journal import Journal
from updateserver.certificates.io.local_ca import CaUnusable
from updateserver.certificates.io.overview import EnrolmentView, row
from updateserver.certificates.io.signing import NotSigned, sign
from updateserver.certificates.io.uploading import NotAccepted, accept
from updateserver.certificates.progress import EnrolmentRow
from updateserver.trust.certificate import Certificate, RequestOrigin
from updateserver.web.admin.context import PageContext
from updateserver.web.admin.rendering import link

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


def life_of(context: PageContext, sn: str, state: etree._Element | None) -> Life | None:
    """Return where the certificate of a device in this state stands, None where custom certificates are off."""
    try:
        enrolment = EnrolmentView(context.resources.installation, context.config, sn, state)
    except EnrolmentOff:
        return None
    files, history = enrolment.files, enrolment.history()
    shown = (files.request, files.request_pem, files.signed, files.error)
    return Life(
        row=row(enrolment, context.now),
        review=enrolment.review(context.now),
        origin=history.origin,
        signed=enrolment.certificate(files.signed),
        files=tuple(name for name in shown if enrolment.changed(name) is not None),
        is_local=context.config.customcerts.is_local,
        is_known=bool(history.identity or history.issued),
        journal=tuple(enrolment.journal.newest(sn, _MANY)),
        has_older=enrolment.journal.is_long,
    )


def act(context: PageContext) -> Response:
    """Do what a form of the device page asks for. Raises Refusal."""
    sn, action = context.serial_number(context.field("sn")), context.field("do")
    if action not in _ACTIONS:
        raise Refusal(400, context.translate("There is no such action."))
    try:
        enrolment = Enrolment(context.resources.installation, context.config, sn)
        notice = _ACTIONS[action](context, enrolment)
    except (NotSigned, NotAccepted) as refused:
        context.note(f"{action} refused", sn, together(refused.reasons))
        return context.page("refused.html", 409, sn=sn, action=action, reasons=refused.reasons)
    except (CaUnusable, EnrolmentOff) as problem:
        return context.page("refused.html", 409, sn=sn, action=action, reasons=problem.reasons)
    context.note(action, sn, notice)
    context.resources.index.reread(context.config, sn)
    return context.forward(link("device", sn=sn), context.translate(notice))


def _sign(context: PageContext, enrolment: Enrolment) -> Message:
    ca = local_ca.load(context.resources.root, context.now)
    despite = context.field("despite") == "yes"
    certificate = sign(enrolment, ca, context.now, by=_by(context), despite_conflict=despite)
    return Message("Signed: certificate {serial}. The device gets it at its next poll.", serial=certificate.serial)


def _reject(context: PageContext, enrolment: Enrolment) -> Message:
    reject(enrolment, context.now, by=_by(context), reason=context.field("reason")[:200])
    return Message("Rejected: the device will generate a new request.")


def _release(context: PageContext, enrolment: Enrolment) -> Message:
    forgotten = release(enrolment, by=_by(context))
    if not forgotten:
        return Message("There was nothing to release.")
    return Message("Released: the device may use another certificate.")


def _upload(context: PageContext, enrolment: Enrolment) -> Message:
    file = context.request.files.get("certificate")
    notes = accept(enrolment, file.stream.read(_LARGEST) if file else b"", context.now, by=_by(context))
    notice = Message("Accepted: the device gets the certificate at its next poll.")
    return together([notice, *notes], " ")


def _by(context: PageContext) -> str:
    return context.session.user or context.call.address


_ACTIONS: dict[str, Callable[[PageContext, Enrolment], Message]] = {
    "sign": _sign,
    "reject": _reject,
    "release": _release,
    "upload": _upload,
}
