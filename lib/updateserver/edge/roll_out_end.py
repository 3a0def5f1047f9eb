"""What ends a roll-out that went wrong: an admin rejects a request, or releases a device."""

from dataclasses import asdict

from updateserver.edge.files import only_writer
from updateserver.edge.roll_out import RollOut
from updateserver.model.certificate import Certificate


def reject(roll_out: RollOut, now: int, *, by: str = "command", reason: str = "") -> bool:
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


def release(roll_out: RollOut, *, by: str = "command") -> list[str]:
    """Forget who a device has proved to be, and what it was given; return what was forgotten, to be said.

    Needed when a device was reset, replaced, or comes back with an expired certificate: until then nobody gets its
    certificates or snippets without showing the old one.
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
    identities.release(roll_out.sn)
    return forgotten


def _named(certificate: Certificate | None) -> dict[str, object] | None:
    return {"serial": certificate.serial, "not_after": certificate.not_after} if certificate else None
