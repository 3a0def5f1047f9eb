"""Files that admins upload by mistake in place of a device's certificate, each made for one request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.certificates.kit import HWID, der, pem

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DAY = timedelta(days=1)
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
WEAK_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- that is what is tried


@dataclass(frozen=True)
class Ca:
    """A CA that makes whatever it is asked for."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def named(cls, name: str) -> "Ca":
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _blank(subject, subject, key.public_key(), datetime.now(UTC) - DAY, datetime.now(UTC) + 365 * DAY)
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        return cls(key, builder.add_extension(constraints, critical=True).sign(key, hashes.SHA256()))

    def make(
        self,
        key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
        *extensions: x509.ExtensionType,
        cn: str = HWID,
        begin: timedelta = -DAY,
        days: int = 300,
    ) -> x509.Certificate:
        """Make a certificate with these extensions, all critical, that is good from `begin` from now on."""
        subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)]), datetime.now(UTC)
        builder = _blank(subject, self.certificate.subject, key, now + begin, now + begin + days * DAY)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self.key, hashes.SHA256())


def _blank(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    begin: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def usage(*allowed: str) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{name: name in allowed for name in names})


def key_pem(key: Key, password: bytes = b"") -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def key_der(key: Key) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def damaged(content: bytes) -> bytes:
    """Return PEM in whose middle a line is missing."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[:3] + lines[4:])


EMPTY_PKCS7 = bytes.fromhex("3023 0609 2a864886f70d010702 a016 3014 0201 01 3100 300b 0609 2a864886f70d010701 3100")
PURPOSES = x509.ExtendedKeyUsage
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
Make = Callable[[Ca, x509.CertificateSigningRequest], bytes]


def key_of(request: x509.CertificateSigningRequest) -> ec.EllipticCurvePublicKey:
    key = request.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def _forged(_: Ca, request: x509.CertificateSigningRequest) -> bytes:
    return der(Ca.named("My CA").make(key_of(request)))


def _pkcs12(ca: Ca, _: x509.CertificateSigningRequest) -> bytes:
    made = ca.make(OTHER_KEY.public_key())
    return pkcs12.serialize_key_and_certificates(b"", OTHER_KEY, made, None, BestAvailableEncryption(b"secret"))


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.6666.1"), b"\x05\x00")

# what it is: how it is made, and what the answer says of it
WRONG: dict[str, tuple[Make, str]] = {
    "other device's": (
        lambda ca, _: der(ca.make(OTHER_KEY.public_key(), cn="SWPHONE-00-00-99")),
        "it names 'SWPHONE-00-00-99', not this device",
    ),
    "other name, right key": (lambda ca, r: der(ca.make(key_of(r), cn="update.example.com")), "not this device"),
    "wrong key": (lambda ca, _: der(ca.make(OTHER_KEY.public_key())), "its key is not the one of the request"),
    "CA:TRUE": (
        lambda ca, r: der(ca.make(key_of(r), x509.BasicConstraints(ca=True, path_length=None))),
        "it is the certificate of a CA",
    ),
    "the CA's own": (lambda ca, _: der(ca.certificate), "it is the certificate of a CA"),
    "weak key": (lambda ca, _: der(ca.make(WEAK_KEY.public_key())), "the key is weak: RSA with 1024 bits"),
    "expired": (lambda ca, r: der(ca.make(key_of(r), begin=-400 * DAY)), "it expired on"),
    "not yet valid": (lambda ca, r: der(ca.make(key_of(r), begin=3 * DAY)), "it is not valid before"),
    "wrong issuer": (lambda _, r: der(Ca.named("Nobody").make(key_of(r))), "which is not in customcerts/@CAname"),
    "forged issuer": (_forged, "it bears the name of 'My CA', but was not signed with the key in CAkey-01.cer"),
    "for servers only": (
        lambda ca, r: der(ca.make(key_of(r), PURPOSES([SERVER]))),
        "its extendedKeyUsage lacks clientAuth",
    ),
    "for encryption only": (
        lambda ca, r: der(ca.make(key_of(r), usage("key_encipherment"))),
        "its keyUsage lacks digitalSignature",
    ),
    "may sign certificates": (
        lambda ca, r: der(ca.make(key_of(r), usage("digital_signature", "key_cert_sign"))),
        "its keyUsage allows signing certificates",
    ),
    "unknown critical extension": (
        lambda ca, r: der(ca.make(key_of(r), UNKNOWN)),
        "unknown critical extensions (1.3.6.1.4.1.6666.1)",
    ),
    "truncated": (lambda ca, r: der(ca.make(key_of(r)))[:-20], "it may be cut off or damaged"),
    "truncated PEM": (lambda ca, r: pem(ca.make(key_of(r)))[:200], "its PEM text is damaged"),
    "damaged PEM": (lambda ca, r: damaged(pem(ca.make(key_of(r)))), "its PEM text is damaged"),
    "garbage": (lambda *_: b"MZ\x90\x00 this is a program", "it is neither DER nor PEM nor PKCS#7"),
    "web page": (lambda *_: b"<html>Access denied</html>", "it is neither DER nor PEM nor PKCS#7"),
    "10 MB": (lambda *_: b"0" * 10_000_000, "the file is too large for a certificate"),
    "empty": (lambda *_: b"", "the file is empty"),
    "private key": (lambda *_: key_pem(OTHER_KEY), "it contains a private key"),
    "private key, DER": (lambda *_: key_der(OTHER_KEY), "it is a private key"),
    "certificate with its key": (
        lambda ca, r: pem(ca.make(key_of(r))) + key_pem(OTHER_KEY, b"secret"),
        "it contains a private key",
    ),
    "PKCS#12": (_pkcs12, "it is a PKCS#12 file"),
    "the request": (lambda _, r: r.public_bytes(Encoding.PEM), "it is a signing request, not a certificate"),
    "the request, DER": (lambda _, r: r.public_bytes(Encoding.DER), "it is a signing request, not a certificate"),
    "public key": (
        lambda *_: b"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n",
        "it contains PUBLIC KEY",
    ),
    "chain without the device's": (
        lambda ca, _: pem(ca.certificate) + pem(Ca.named("Root").certificate),
        "it contains certificates of CAs only (My CA, Root)",
    ),
    "PKCS#7 without certificates": (lambda *_: EMPTY_PKCS7, "it contains no certificate"),
    "PKCS#7 of the CA": (
        lambda ca, _: pkcs7.serialize_certificates([ca.certificate], Encoding.DER),
        "it is the certificate of a CA",
    ),
}
