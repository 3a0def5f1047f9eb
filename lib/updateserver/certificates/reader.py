"""What signing requests and certificates say, read once: bytes become facts (`trust/certificate.py`)."""

import contextlib
from collections.abc import Iterator
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from updateserver.trust.certificate import AlternativeNames, Certificate, Name, PublicKey, SigningRequest, known_as

_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign",
)  # fmt: skip
_EXTENDED = {
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
}

# beside ValueError, what the library raises for bytes that are nearly right
_OBJECTIONS = (
    TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType,
)  # fmt: skip

_T = TypeVar("_T", bound=x509.ExtensionType)


@contextlib.contextmanager
def _understood() -> Iterator[None]:
    """Have whatever the library objects to end as ValueError: bytes of strangers come here."""
    try:
        yield
    except _OBJECTIONS as error:
        raise ValueError(f"a part of it is not understood: {error}") from error


def parse_certificate(der: bytes) -> x509.Certificate:
    """Return the certificate that the bytes are. Raises ValueError if they are none."""
    with _understood():
        return x509.load_der_x509_certificate(der)


def read_request(der: bytes) -> SigningRequest:
    """Return what a request says. Raises ValueError if it is no request, or a part of it is not understood."""
    with _understood():
        request = x509.load_der_x509_csr(der)
        constraints = _extension(request.extensions, x509.BasicConstraints)
        return SigningRequest(
            subject=name_of(request.subject),
            names=_alternative_names(request.extensions),
            key=key_of(request.public_key()),
            # RFC 2986, 4.2: by the key in it, so whoever made it holds the private key.
            is_signed=request.is_signature_valid,
            # Our CA would not follow that, but a careless one at the admin's might.
            wants_ca=bool(constraints and constraints.ca),
        )


def read_certificate(certificate: x509.Certificate) -> Certificate:
    """Return what a certificate says. Raises ValueError if a part of it is not understood."""
    with _understood():
        return _certificate(certificate, certificate.extensions)


def _certificate(certificate: x509.Certificate, extensions: x509.Extensions) -> Certificate:
    constraints = _extension(extensions, x509.BasicConstraints)
    usage, extended = _extension(extensions, x509.KeyUsage), _extension(extensions, x509.ExtendedKeyUsage)
    return Certificate(
        subject=name_of(certificate.subject),
        issuer=name_of(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        key=key_of(certificate.public_key()),
        not_before=int(certificate.not_valid_before_utc.timestamp()),
        not_after=int(certificate.not_valid_after_utc.timestamp()),
        signature_hash=_hash(certificate),
        # RFC 5280, 4.2.1.9: without the extension it is no CA.
        is_ca=bool(constraints and constraints.ca),
        # RFC 5280, 3.2: by name. Who signed it, only the key tells.
        is_self_issued=certificate.subject == certificate.issuer,
        key_usage=frozenset(name for name in _USAGES if getattr(usage, name)) if usage else None,
        extended_usage=frozenset(_EXTENDED.get(oid, oid.dotted_string) for oid in extended) if extended else None,
        names=_alternative_names(extensions),
        unknown_critical=tuple(
            one.oid.dotted_string
            for one in extensions
            if one.critical and isinstance(one.value, x509.UnrecognizedExtension)
        ),
    )


def name_of_authority(certificate: x509.Certificate) -> str:
    """Return the name by which `customcerts/@CAname` lists a CA, "" where it has none of them."""
    return known_as(name_of(certificate.subject))


def key_of(key: PublicKeyTypes) -> PublicKey:
    """Return what is to be known of a public key."""
    # RFC 5280, 4.1: with algorithm and parameters, so that equal bits of another kind of key are another key.
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(key, rsa.RSAPublicKey):
        return PublicKey("RSA", key.key_size, digest(spki))
    if isinstance(key, ec.EllipticCurvePublicKey):
        return PublicKey("EC", key.key_size, digest(spki))
    return PublicKey(type(key).__name__.removeprefix("_").removesuffix("PublicKey"), 0, digest(spki))


def digest(content: bytes) -> str:
    """Return SHA-256 as hex."""
    hasher = hashes.Hash(hashes.SHA256())
    hasher.update(content)
    return hasher.finalize().hex()


def name_of(name: x509.Name) -> Name:
    """Return a distinguished name as pairs; types without a short name are dotted numbers."""
    return tuple((one.rfc4514_attribute_name, _text(one.value)) for one in name)


def _text(value: str | bytes) -> str:
    return value.hex() if isinstance(value, bytes) else value


def _hash(certificate: x509.Certificate) -> str:
    algorithm = certificate.signature_hash_algorithm
    return algorithm.name if algorithm else ""


def _extension(extensions: x509.Extensions, kind: type[_T]) -> _T | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _alternative_names(extensions: x509.Extensions) -> AlternativeNames:
    names = _extension(extensions, x509.SubjectAlternativeName)
    if names is None:
        return AlternativeNames()
    others = (name for name in names if not isinstance(name, (x509.DNSName, x509.IPAddress)))
    return AlternativeNames(
        dns=tuple(names.get_values_for_type(x509.DNSName)),
        ips=tuple(str(address) for address in names.get_values_for_type(x509.IPAddress)),
        others=tuple(f"{type(name).__name__}:{name.value}" for name in others),
    )
