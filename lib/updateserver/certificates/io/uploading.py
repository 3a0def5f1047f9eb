"""An admin brings the certificate that a CA made of a device's request: it goes to the device, or not, and why."""

from cryptography import x509

from updateserver.base.io.files import only_writer
from updateserver.base.message import Message
from updateserver.certificates.chain import chain_faults
from updateserver.certificates.io.ca_files import CaFiles
from updateserver.certificates.io.enrolment import Enrolment, Review
from updateserver.certificates.io.signing import store_signed
from updateserver.certificates.reader import read_certificate
from updateserver.certificates.signed import OfferedCertificate, refusals, remarks
from updateserver.certificates.uploaded_file import WrongFile, certificates_in
from updateserver.trust.certificate import Certificate, SigningRequest, known_as


class NotAccepted(Exception):
    """A certificate does not go to the device, for these reasons."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def accept(enrolment: Enrolment, content: bytes, now: int, *, by: str = "command") -> list[str]:
    """Have a device get the certificate in a file; return what the admin should know about it. Raises NotAccepted."""
    certs = enrolment.config.customcerts
    review = enrolment.review(now)
    if review is None:
        raise NotAccepted(Message("there is no request of {sn} that a certificate could belong to", sn=enrolment.sn))
    request = _request(review)
    certificate = _of_device(content, request)
    ca_files = CaFiles(enrolment.installation.root, certs)
    offer = OfferedCertificate(
        _facts(certificate), ca_files.signers(certificate), request, enrolment.sn, enrolment.hwid
    )
    if reasons := tuple(refusals(offer, ca_files.files, certs, now)):
        raise NotAccepted(*reasons)
    notes = (*remarks(offer, ca_files.files, certs, now), *chain_faults(ca_files.files, now), *review.conflicts)
    with only_writer(enrolment.installation.locks, enrolment.lock):
        # The device may have sent another request while the admin was at the CA, or just now.
        if enrolment.read(enrolment.files.request) != review.content:
            raise NotAccepted(Message("the device sent another request meanwhile: have the CA sign that one"))
        store_signed(enrolment, certificate, by, "uploaded", notes)
    return list(notes)


def _facts(certificate: x509.Certificate) -> Certificate:
    """Return what a certificate says. Raises NotAccepted if it cannot be understood."""
    try:
        return read_certificate(certificate)
    except ValueError as error:
        why = " ".join(str(error).split())
        raise NotAccepted(
            Message("it cannot be understood ({why}): have the CA make one without special parts", why=why)
        ) from error


def _request(review: Review) -> SigningRequest:
    """Return the request, if it may be answered at all."""
    if review.request is None or review.faults:
        raise NotAccepted(
            *(Message("the request does not fit: {fault}; reject it first", fault=fault) for fault in review.faults)
        )
    return review.request


def _of_device(content: bytes, request: SigningRequest) -> x509.Certificate:
    """Return the certificate of the request's key; where there is none, the one that is most likely meant."""
    try:
        found = certificates_in(content)
    except WrongFile as error:
        raise NotAccepted(error.why) from error
    facts = [_facts(one) for one in found]
    # CAs often hand out the whole chain in one file, in either order: the key tells which one is the device's.
    for certificate, what in zip(found, facts, strict=True):
        if what.key.fingerprint == request.key.fingerprint:
            return certificate
    leaves = [certificate for certificate, what in zip(found, facts, strict=True) if not what.is_ca]
    if len(found) > 1 and not leaves:
        names = ", ".join(known_as(what.subject) for what in facts)
        raise NotAccepted(
            Message("it contains certificates of CAs only ({names}): the device's own one is missing", names=names)
        )
    return leaves[0] if leaves else found[0]
