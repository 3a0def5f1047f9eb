"""The certificate of a server, as devices are to trust it: from the server itself, or from a file."""

import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from updateserver.base.io.files import content_of

_TIMEOUT = 15.0  # seconds


def shown_by(url: str) -> x509.Certificate:
    """Return the certificate that a server shows. Nobody vouches for it. Raises OSError or ValueError."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(f"{url!r:.200} is no address such as https://update.example.com/")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is looked at, and a person decides
    with (
        socket.create_connection((parts.hostname, parts.port or 443), _TIMEOUT) as connection,
        context.wrap_socket(connection, server_hostname=parts.hostname) as tls,
    ):
        shown = tls.getpeercert(binary_form=True)
    if not shown:
        raise ValueError(f"{url} shows no certificate")
    return x509.load_der_x509_certificate(shown)


def in_file(path: Path) -> x509.Certificate:
    """Return the first certificate of a PEM file, or the one of a DER file. Raises OSError or ValueError."""
    content = content_of(path)
    if b"-----BEGIN" not in content:
        return x509.load_der_x509_certificate(content)
    try:
        return x509.load_pem_x509_certificates(content)[0]  # a key that stands before it is passed over
    except ValueError as error:
        raise ValueError(f"{path} contains no certificate: {error}") from error


def digits(certificate: x509.Certificate) -> str:
    """Return a certificate as it stands in a trust value."""
    return certificate.public_bytes(Encoding.DER).hex()


def described(certificate: x509.Certificate) -> list[str]:
    """Say what a person needs to know before trusting a certificate."""
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    return [
        f"subject: {certificate.subject.rfc4514_string()}",
        f"issuer: {certificate.issuer.rfc4514_string()}",
        f"valid: {certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}",
        f"SHA-256: {fingerprint}",
    ]
