"""The caller's certificate itself, where the web server hands it over instead of telling what it says.

In a module of its own, since cryptography takes long to import and most calls come without.
"""

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What a certificate says: its subject's CN; subject and issuer as DNs (RFC 4514)."""

    cn: str
    subject: str
    issuer: str
    is_ca: bool = False


@lru_cache(maxsize=4096)
def read_certificate(pem: str) -> ClientCertificate | None:
    """Return what a PEM certificate says, None for anything else."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode("ascii", "replace"))
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        # RFC 5280 allows several CNs; web servers give the first one as SSL_CLIENT_S_DN_CN.
        cn = str(names[0].value) if names else ""
        subject, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
        return ClientCertificate(cn, subject, issuer, _is_ca(certificate))
    except (ValueError, TypeError, x509.InvalidVersion):  # the last two for bytes that are nearly right
        return None


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        # RFC 5280, 4.2.1.9: without the extension it is no CA.
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
