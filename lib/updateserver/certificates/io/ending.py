"""What ends a roll-out that went wrong: an admin rejects a request, or releases a device."""

from dataclasses import asdict

from updateserver.base.io.files import only_writer
from updateserver.certificates.io.enrolment import Enrolment
from updateserver.device.io.states import Keeping
from updateserver.device.steps import ForgetAnswer
from updateserver.trust.certificate import Certificate, value_of


def reject(roll_out: Enrolment, now: int, *, by: str = "command", reason: str = "") -> bool:
    """Remove a device's request, here and, at its next polls, on the device, so that it makes another one.

    An error of its last upload is cleared on the device as well. Returns whether there was a request here.
    """
    review = roll_out.review(now)
    reasons = [reason] if reason else []
    request = asdict(review.request) if review and review.request else None
    with only_writer(roll_out.site.locks, roll_out.lock):
        roll_out.journal.append("rejected", roll_out.sn, by, reasons=[*reasons, *(review.faults if review else ())],
                                conflicts=review.conflicts if review else [], request=request)  # fmt: skip
        roll_out.write(roll_out.files.rejected, b"")
        files = roll_out.files
        gone = (files.request, files.request_pem, files.signed, files.key, files.error, files.origin, files.conflict)
        roll_out.remove(*gone)
    return review is not None


def release(roll_out: Enrolment, *, by: str = "command") -> list[str]:
    """Forget who a device has proved to be, and what it was given; return what was forgotten, to be said.

    Needed when a device was reset, replaced, or comes back with an expired certificate: until then nobody gets its
    certificates or snippets without showing the old one. What it told of its certificates is forgotten as well: by
    that, it could be sent to a port that does not let it in any more.
    """
    identities = roll_out.site.identities(roll_out.config)
    identity, issued = identities.shown(roll_out.sn), roll_out.certificate(roll_out.files.issued)
    forgotten = []
    if identity:
        forgotten.append(f"it had shown a certificate (CN={identity.cn}, by {identity.issuer})")
    if issued:
        forgotten.append(f"it had been given certificate {issued.serial}")
    if conflict := roll_out.conflict:
        forgotten.append(f"a conflict with a request from {conflict.address}")
    if forgotten:
        roll_out.journal.append("released", roll_out.sn, by, reasons=forgotten, certificate=_named(issued))
    with only_writer(roll_out.site.locks, roll_out.lock):
        roll_out.remove(roll_out.files.issued, roll_out.files.conflict)
        if roll_out.read(roll_out.files.request) is None:  # an old key is no rival of the next one
            roll_out.remove(roll_out.files.origin)
    identities.release(roll_out.sn)
    for name in {identity.cn if identity else "", value_of(issued.subject, "CN") if issued else "", roll_out.hwid}:
        identities.let_go(name, roll_out.sn)
    _have_it_told_anew(roll_out)
    return forgotten


def _have_it_told_anew(roll_out: Enrolment) -> None:
    folder = roll_out.site.status_folder(roll_out.config)
    if folder and roll_out.known.report:
        keeping = Keeping.of(roll_out.config.status, roll_out.seen)  # it did not call now
        roll_out.site.states.record(folder, roll_out.sn, [ForgetAnswer("certificates")], keeping)


def _named(certificate: Certificate | None) -> dict[str, object] | None:
    return {"serial": certificate.serial, "not_after": certificate.not_after} if certificate else None
