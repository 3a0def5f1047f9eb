"""The client certificate itself, where the web server hands it over."""

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What a certificate says: its subject's CN; subject and issuer as DNs (RFC 4514)."""

    cn: str
    subject: str
    issuer: str


@lru_cache(maxsize=4096)
def read_certificate(pem: str) -> ClientCertificate | None:
    """Return what a PEM certificate says, None for anything else."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode("ascii", "replace"))
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        cn = str(names[0].value) if names else ""
        return ClientCertificate(cn, certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string())
    except (ValueError, TypeError, x509.InvalidVersion):  # the last two for bytes that are nearly right
        return None
