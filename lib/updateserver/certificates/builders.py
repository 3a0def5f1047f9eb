"""The certificates that our own CA makes: what is in them, and why (sections of RFC 5280)."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_CLOCKS_DIFFER = timedelta(hours=1)
_SHA384_FROM = 384  # bits of an elliptic curve that SHA-256 would weaken


def authority(name: str, key: PrivateKey, days: int) -> x509.Certificate:
    """Make the certificate of a CA that signs devices' certificates and no other CA's."""
    begin = _now() - _CLOCKS_DIFFER
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)  # 4.1.2.4: self-issued
        .public_key(public)
        .serial_number(x509.random_serial_number())  # 4.1.2.2: positive, at most 20 bytes
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)  # 4.2.1.9
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)  # 4.2.1.3
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)  # 4.2.1.2
        .sign(key, _hash_for(key))
    )


def of_device(
    request: x509.CertificateSigningRequest, issuer: x509.Certificate, key: PrivateKey, days: int, *, server_auth: bool
) -> x509.Certificate:
    """Make a device's certificate. Of what the request wants, only subject, key and alternative names count.

    With `server_auth` browsers believe the device's own pages by it.

    It ends with its issuer's certificate at the latest.
    """
    # Devices and servers whose clocks are a little slow would refuse it as not yet valid.
    begin = max(_now() - _CLOCKS_DIFFER, issuer.not_valid_before_utc)
    public = request.public_key()
    # Key encipherment is RSA's way to agree on a key (TLS 1.2 and before); EC keys only sign.
    is_rsa = isinstance(public, rsa.RSAPublicKey)
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if server_auth else [])]
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(issuer.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(min(begin + timedelta(days=days), issuer.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True, key_encipherment=is_rsa), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)  # 4.2.1.12
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(_authority_key(issuer), critical=False)  # 4.2.1.1
    )
    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return builder.sign(key, _hash_for(key))
    return builder.add_extension(names, critical=False).sign(key, _hash_for(key))  # 4.2.1.6: there is a subject


def _authority_key(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    try:
        known = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)


def _key_usage(**allowed: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def _hash_for(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    large = isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size >= _SHA384_FROM
    return hashes.SHA384() if large else hashes.SHA256()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
