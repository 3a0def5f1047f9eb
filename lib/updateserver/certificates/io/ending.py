"""What ends an enrolment that went wrong: an admin rejects a request, or releases a device."""

from dataclasses import asdict

from updateserver.base.io.files import only_writer
from updateserver.base.message import Message
from updateserver.certificates.io.enrolment import Enrolment
from updateserver.device.io.states import Keeping
from updateserver.device.steps import ForgetAnswer
from updateserver.trust.certificate import Certificate, value_of


def reject(enrolment: Enrolment, now: int, *, by: str = "command", reason: str = "") -> bool:
    """Remove a device's request, here and, at its next polls, on the device, so that it makes another one.

    An error of its last upload is cleared on the device as well. Returns whether there was a request here.
    """
    review = enrolment.review(now)
    reasons = [reason] if reason else []
    request = asdict(review.request) if review and review.request else None
    with only_writer(enrolment.installation.locks, enrolment.lock):
        enrolment.journal.append("rejected", enrolment.sn, by, reasons=[*reasons, *(review.faults if review else ())],
                                conflicts=review.conflicts if review else [], request=request)  # fmt: skip
        # The mark stays until the device shows no request any more: until then it would send the same one again.
        enrolment.write(enrolment.files.rejected, b"")
        files = enrolment.files
        gone = (files.request, files.request_pem, files.signed, files.key, files.error, files.origin, files.conflict)
        enrolment.remove(*gone)
    return review is not None


def release(enrolment: Enrolment, *, by: str = "command") -> list[str]:
    """Forget who a device has proved to be, and what it was given; return what was forgotten, to be said.

    Needed when a device was reset, replaced, or comes back with an expired certificate: until then nobody gets its
    certificates or snippets without showing the old one. What it reported of its certificates is forgotten as well: by
    that, it could be sent to a port that does not let it in any more.
    """
    identities = enrolment.installation.identities(enrolment.config)
    identity, issued = identities.shown(enrolment.sn), enrolment.certificate(enrolment.files.issued)
    forgotten = list[str]()
    if identity:
        shown = Message("it had shown a certificate (CN={cn}, by {issuer})", cn=identity.cn, issuer=identity.issuer)
        forgotten.append(shown)
    if issued:
        forgotten.append(Message("it had been given certificate {serial}", serial=issued.serial))
    if conflict := enrolment.conflict:
        forgotten.append(Message("a conflict with a request from {address}", address=conflict.address))
    if forgotten:
        enrolment.journal.append("released", enrolment.sn, by, reasons=forgotten, certificate=_named(issued))
    with only_writer(enrolment.installation.locks, enrolment.lock):
        enrolment.remove(enrolment.files.issued, enrolment.files.conflict)
        if enrolment.read(enrolment.files.request) is None:  # an old key is no rival of the next one
            enrolment.remove(enrolment.files.origin)
    identities.release(enrolment.sn)
    for name in {identity.cn if identity else "", value_of(issued.subject, "CN") if issued else "", enrolment.hwid}:
        identities.release_name(name, enrolment.sn)
    _have_it_told_anew(enrolment)
    return forgotten


def _have_it_told_anew(enrolment: Enrolment) -> None:
    folder = enrolment.installation.status_folder(enrolment.config)
    if folder and enrolment.stored.report:
        keeping = Keeping.of(enrolment.config.status, enrolment.seen)  # it did not call now
        enrolment.installation.states.record(folder, enrolment.sn, [ForgetAnswer("certificates")], keeping)


def _named(certificate: Certificate | None) -> dict[str, object] | None:
    return {"serial": certificate.serial, "not_after": certificate.not_after} if certificate else None
