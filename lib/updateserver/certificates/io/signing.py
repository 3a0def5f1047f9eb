"""Our own CA signs a device's request: on an admin's order, or by policy."""

import logging
from dataclasses import asdict

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from updateserver.base.io import files
from updateserver.base.io.files import only_writer
from updateserver.base.message import Message
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


def consider(enrolment: Enrolment, now: int) -> None:
    """Sign a device's request if the policy wants it; why not, is in the journal and in `explain`."""
    certs = enrolment.config.customcerts
    if not certs.is_local or not certs.auto_sign_off:
        return
    try:
        review = enrolment.review(now)
        if review is None or review.objections or enrolment.read(enrolment.files.signed) is not None:
            return
        ca = local_ca.load(enrolment.installation.root, now)
        _keep(
            enrolment,
            review,
            _sign(enrolment, review, ca, now, server_auth=certs.serverauth),
            "policy",
            _grounds(review),
        )
    except (NotSigned, CaUnusable) as reason:
        _LOG.error("the request of %s is not signed: %s", enrolment.sn, reason)
    except OSError as error:
        _LOG.error("the request of %s is not signed: %s", enrolment.sn, files.trouble(error))


def sign(  # noqa: PLR0913 -- who wants it, and what of it
    enrolment: Enrolment,
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
    if not enrolment.config.customcerts.is_local:
        raise NotSigned(Message('our own CA signs only with customcerts/@CAtype="local"'))
    review = enrolment.review(now)
    if review is None:
        raise NotSigned(Message("there is no request to be signed"))
    if enrolment.read(enrolment.files.signed) is not None:
        raise NotSigned(Message("it is signed already and waits for the device"))
    if review.faults or (review.conflicts and not despite_conflict):
        raise NotSigned(*review.faults, *review.conflicts)
    wants_server = server_auth or enrolment.config.customcerts.serverauth
    certificate = _sign(enrolment, review, ca, now, server_auth=wants_server)
    grounds = (*review.conflicts, *review.case.unproven) or (Message("it fits"),)
    _keep(
        enrolment,
        review,
        certificate,
        by,
        (Message("requested by an admin"), *grounds) if not review.conflicts else grounds,
    )
    return read_certificate(certificate)


def _sign(enrolment: Enrolment, review: Review, ca: LocalCa, now: int, *, server_auth: bool) -> x509.Certificate:
    """Make the certificate, and judge it as if somebody else had brought it."""
    certs = enrolment.config.customcerts
    if review.request is None:
        raise NotSigned(*review.faults)
    certificate = ca.sign(review.content, certs.CAdays, server_auth=server_auth)
    ca_files = CaFiles(enrolment.installation.root, certs)
    offer = OfferedCertificate(
        read_certificate(certificate), ca_files.signers(certificate), review.request, enrolment.sn, enrolment.hwid
    )
    # Our own CA may have been set up wrongly, and devices would refuse its certificates one after the other.
    if reasons := tuple(refusals(offer, ca_files.files, certs, now)):
        raise NotSigned(
            *(Message("our own CA's certificate would not do: {reason}", reason=reason) for reason in reasons)
        )
    return certificate


def _keep(
    enrolment: Enrolment, review: Review, certificate: x509.Certificate, by: str, reasons: tuple[str, ...]
) -> None:
    with only_writer(enrolment.installation.locks, enrolment.lock):
        # Judged without the lock, since that may take a second: so it is compared under it.
        if enrolment.read(enrolment.files.request) != review.content:
            raise NotSigned(Message("the request was removed meanwhile"))
        if enrolment.read(enrolment.files.signed) is None:  # else somebody else was faster
            store_signed(enrolment, certificate, by, "signed", reasons)


def store_signed(
    enrolment: Enrolment, certificate: x509.Certificate, by: str, action: str, reasons: tuple[str, ...]
) -> None:
    """Have the device get a certificate at its next poll; the journal knows of it first."""
    facts, content = read_certificate(certificate), certificate.public_bytes(Encoding.DER)
    enrolment.hold_name(facts)
    details = asdict(facts) | {"subject": written(facts.subject), "issuer": written(facts.issuer)}
    details |= {"key_usage": None, "extended_usage": None}
    enrolment.journal.append(action, enrolment.sn, by, reasons=reasons, certificate=details)
    # Before `signed`: once that is there the device may fetch it, and the server must know then what it was given.
    enrolment.write(enrolment.files.issued, content)
    enrolment.write(enrolment.files.signed, content)
    enrolment.remove(enrolment.files.conflict)


def _grounds(review: Review) -> tuple[str, ...]:
    case = review.case
    if case.verified:
        return Message("it fits"), Message(
            "it came with the device's verified certificate (CN={name})", name=case.verified
        )
    return (
        Message("it fits"),
        Message("it came from {address}", address=case.address),
        Message("the device is known for {days} days", days=case.days_known),
    )
