"""Our own CA signs a device's request: because an admin wants it, or by policy."""

import logging
from dataclasses import asdict

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from updateserver.base.io import files
from updateserver.base.io.files import only_writer
from updateserver.certificates.io import local_ca
from updateserver.certificates.io.ca_files import CaFiles
from updateserver.certificates.io.enrolment import Enrolment, Review
from updateserver.certificates.io.local_ca import CaUnusable, LocalCa
from updateserver.certificates.reader import read_certificate
from updateserver.certificates.signed import OfferedCertificate, refusals
from updateserver.trust.certificate import Certificate, written

_LOG = logging.getLogger("updateserver.signing")


class NotSigned(Exception):
    """A request is not signed, for these reasons."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def consider(roll_out: Enrolment, now: int) -> None:
    """Sign a device's request if the policy wants it; why not, is in the journal and in `explain`."""
    certs = roll_out.config.customcerts
    if not certs.is_local or not certs.auto_sign_off:
        return
    try:
        review = roll_out.review(now)
        if review is None or review.objections or roll_out.read(roll_out.files.signed) is not None:
            return
        ca = local_ca.load(roll_out.site.root, now)
        _keep(
            roll_out, review, _sign(roll_out, review, ca, now, server_auth=certs.serverauth), "policy", _grounds(review)
        )
    except (NotSigned, CaUnusable) as reason:
        _LOG.error("the request of %s is not signed: %s", roll_out.sn, reason)
    except OSError as error:
        _LOG.error("the request of %s is not signed: %s", roll_out.sn, files.trouble(error))


def sign(  # noqa: PLR0913 -- who wants it, and what of it
    roll_out: Enrolment,
    ca: LocalCa,
    now: int,
    *,
    by: str = "command",
    despite_conflict: bool = False,
    server_auth: bool = False,
) -> Certificate:
    """Sign a device's request and have the device get it; return the certificate. Raises NotSigned.

    With `server_auth` it is good for the device's own pages too, as with customcerts/@serverauth.
    """
    if not roll_out.config.customcerts.is_local:
        raise NotSigned('our own CA signs only with customcerts/@CAtype="local"')
    review = roll_out.review(now)
    if review is None:
        raise NotSigned("there is no request to be signed")
    if roll_out.read(roll_out.files.signed) is not None:
        raise NotSigned("it is signed already and waits for the device")
    if review.faults or (review.conflicts and not despite_conflict):
        raise NotSigned(*review.faults, *review.conflicts)
    wants_server = server_auth or roll_out.config.customcerts.serverauth
    certificate = _sign(roll_out, review, ca, now, server_auth=wants_server)
    grounds = (*review.conflicts, *review.case.unproven) or ("it fits",)
    _keep(roll_out, review, certificate, by, ("an admin wants it", *grounds) if not review.conflicts else grounds)
    return read_certificate(certificate)


def _sign(roll_out: Enrolment, review: Review, ca: LocalCa, now: int, *, server_auth: bool) -> x509.Certificate:
    """Make the certificate, and judge it as if somebody else had brought it."""
    certs = roll_out.config.customcerts
    if review.request is None:
        raise NotSigned(*review.faults)
    certificate = ca.sign(review.content, certs.CAdays, server_auth=server_auth)
    ca_files = CaFiles(roll_out.site.root, certs)
    offer = OfferedCertificate(
        read_certificate(certificate), ca_files.signers(certificate), review.request, roll_out.sn, roll_out.hwid
    )
    if reasons := tuple(refusals(offer, ca_files.files, certs, now)):
        raise NotSigned(*(f"our own CA's certificate would not do: {reason}" for reason in reasons))
    return certificate


def _keep(
    roll_out: Enrolment, review: Review, certificate: x509.Certificate, by: str, reasons: tuple[str, ...]
) -> None:
    with only_writer(roll_out.site.locks, roll_out.lock):
        if roll_out.read(roll_out.files.request) != review.content:
            raise NotSigned("the request went away meanwhile")
        if roll_out.read(roll_out.files.signed) is None:  # else somebody else was faster
            store_signed(roll_out, certificate, by, "signed", reasons)


def store_signed(
    roll_out: Enrolment, certificate: x509.Certificate, by: str, deed: str, reasons: tuple[str, ...]
) -> None:
    """Have the device get a certificate at its next poll; the journal knows of it first."""
    facts, content = read_certificate(certificate), certificate.public_bytes(Encoding.DER)
    roll_out.hold_name(facts)
    told = asdict(facts) | {"subject": written(facts.subject), "issuer": written(facts.issuer)}
    told |= {"key_usage": None, "extended_usage": None}
    roll_out.journal.append(deed, roll_out.sn, by, reasons=reasons, certificate=told)
    roll_out.write(roll_out.files.issued, content)
    roll_out.write(roll_out.files.signed, content)
    roll_out.remove(roll_out.files.conflict)


def _grounds(review: Review) -> tuple[str, ...]:
    case = review.case
    if case.verified:
        return "it fits", f"it came with the device's verified certificate (CN={case.verified})"
    return "it fits", f"it came from {case.address}", f"the device is known for {case.days_known} days"
