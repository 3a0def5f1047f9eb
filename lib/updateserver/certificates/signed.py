"""Whether a certificate that a CA made of a device's request may go to the device.

Each reason says what is wrong and what to bring instead. The sections are those of RFC 5280.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from updateserver.base.message import Message
from updateserver.base.text import day
from updateserver.base.times import DAY
from updateserver.certificates.chain import weak_key, weak_signature
from updateserver.configuration.config import CustomCerts
from updateserver.trust.certificate import CaFile, Certificate, SigningRequest, known_as, value_of, written
from updateserver.trust.proof import is_accepted, is_name_of

_PURPOSES = ("clientAuth",)  # it is shown to us; that browsers believe it as well, is the admin's choice


@dataclass(frozen=True, slots=True)
class OfferedCertificate:
    """A certificate that somebody brings for a device; `signed_by` are the CA files whose key signed it."""

    certificate: Certificate
    signed_by: frozenset[str]
    request: SigningRequest
    sn: str
    hwid: str


def refusals(offer: OfferedCertificate, ca_files: Sequence[CaFile], certs: CustomCerts, now: int) -> Iterator[Message]:
    """Yield why the certificate may not go to the device."""
    yield from _owner(offer, certs)
    yield from _issuer(offer, ca_files, certs)
    yield from _dates(offer.certificate, now)
    yield from _usages(offer.certificate)
    if weakness := weak_key(offer.certificate.key):
        yield weakness
    if weakness := weak_signature(offer.certificate.signature_hash):
        yield weakness


def _owner(offer: OfferedCertificate, certs: CustomCerts) -> Iterator[Message]:
    """Compare key (4.1.2.7) and subject (4.1.2.6) with the request."""
    cn = value_of(offer.certificate.subject, "CN")
    is_ours = is_name_of(cn, offer.hwid, offer.sn, certs)
    if not is_ours:
        device = offer.hwid or offer.sn
        yield Message("it names {cn!r}, not this device: upload the certificate for {device}", cn=cn, device=device)
    # The device checks this as well and would go into the state "request-error", which only an admin clears.
    if offer.certificate.key.fingerprint != offer.request.key.fingerprint:
        yield Message(
            "its key is not the one of the request (it is {whose}): "
            "have the CA sign {sn}-request.p10.pem, and upload that",
            whose=Message("of an older request, or of another device") if is_ours else Message("of another device"),
            sn=offer.sn,
        )


def _issuer(offer: OfferedCertificate, ca_files: Sequence[CaFile], certs: CustomCerts) -> Iterator[Message]:
    """Check issuer (4.1.2.4) and signature (4.1.1.3)."""
    issuer = offer.certificate.issuer
    if not any(is_accepted(name, certs.CAname) for name in (known_as(issuer), written(issuer))):
        yield Message(
            "it was issued by {issuer!r}, which is not in customcerts/@CAname ({names}): "
            "have that CA sign the request, or add the name",
            issuer=known_as(issuer),
            names=certs.CAname_text,
        )
        return
    authorities = [file for file in ca_files if file.certificate]
    # Without files of the CA nothing can be verified: `remarks` tells the admin.
    if not authorities or offer.signed_by:
        return
    if any(file.certificate and file.certificate.subject == issuer for file in authorities):
        names = ", ".join(file.name for file in authorities if file.certificate and file.certificate.subject == issuer)
        yield Message(
            "it bears the name of {issuer!r}, but was not signed with the key in {names}: "
            "it is forged, or the CA has a new key, whose certificate belongs there",
            issuer=known_as(issuer),
            names=names,
        )
    else:
        yield Message(
            "no file {files} contains the certificate of its issuer {issuer!r}: "
            "put that into the certificate folder first",
            files=certs.CAkeys,
            issuer=written(issuer),
        )


def _dates(certificate: Certificate, now: int) -> Iterator[Message]:
    """Check the validity (4.1.2.5)."""
    if certificate.not_after < now:
        yield Message("it expired on {day}: have the CA make a new one", day=day(certificate.not_after))
    if certificate.not_before > now:
        yield Message("it is not valid before {day}: wait, or correct the CA's clock", day=day(certificate.not_before))


def _usages(certificate: Certificate) -> Iterator[Message]:
    """Check basic constraints (4.2.1.9), key usage (4.2.1.3), its extension (4.2.1.12), critical extensions (4.2)."""
    if certificate.is_ca:
        yield Message(
            "it is the certificate of a CA (CA:TRUE): upload the device's own one; a CA's goes into the CAkeys files"
        )
    usage, extended = certificate.key_usage, certificate.extended_usage
    # TLS 1.2 with ECDHE and TLS 1.3 sign with it (RFC 8446, 4.4.2.2).
    if usage is not None and "digital_signature" not in usage:
        yield Message(
            "its keyUsage lacks digitalSignature, without which there is no TLS: choose another template at the CA"
        )
    if usage is not None and "key_cert_sign" in usage and not certificate.is_ca:
        yield Message(
            "its keyUsage allows signing certificates (keyCertSign), which is for CAs: choose another template"
        )
    if extended is not None and "anyExtendedKeyUsage" not in extended:
        lacking = [purpose for purpose in _PURPOSES if purpose not in extended]
        if lacking:
            yield Message(
                "its extendedKeyUsage lacks {purposes}: choose a template for TLS clients", purposes=", ".join(lacking)
            )
    # RFC 5280, 4.2: whoever does not know a critical extension must reject the certificate.
    if certificate.unknown_critical:
        unknown = ", ".join(certificate.unknown_critical)
        yield Message("it has unknown critical extensions ({extensions}): devices would refuse it", extensions=unknown)


def remarks(offer: OfferedCertificate, ca_files: Sequence[CaFile], certs: CustomCerts, now: int) -> Iterator[Message]:
    """Yield what an admin should know about a certificate that may go to the device all the same."""
    certificate, renew = offer.certificate, certs.renew * DAY
    if certificate.not_after >= now > certificate.not_after - renew:
        yield Message(
            "it ends on {day}, within the {days} days of customcerts/@renew: "
            "the device will make a new request at once",
            day=day(certificate.not_after),
            days=certs.renew,
        )
    if not ca_files:
        yield Message(
            "there is no file {files}: the device gets no certificate of the CA, and nothing was verified",
            files=certs.CAkeys,
        )
    elif offer.signed_by and ca_files[0].name not in offer.signed_by:
        signer = min(offer.signed_by)
        yield Message(
            "{signer} signed it, but devices get {first} first: the issuing CA's file should come first",
            signer=signer,
            first=ca_files[0].name,
        )
    if certificate.extended_usage is not None and not certificate.extended_usage & {
        "serverAuth",
        "anyExtendedKeyUsage",
    }:
        yield Message("browsers will not trust the device's own pages with it: its extendedKeyUsage lacks serverAuth")
    missing = [name for name in offer.request.names.all if name not in certificate.names.all]
    if missing:
        yield Message("the request's names {names} are not in it", names=", ".join(missing))
    added = [name for name in certificate.names.all if name not in offer.request.names.all]
    if added:
        yield Message("the CA added the names {names}", names=", ".join(added))
