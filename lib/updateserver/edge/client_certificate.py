"""The client certificate itself, where the web server hands it over."""

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What a certificate says: its subject's CN, and its issuer as a DN (RFC 4514)."""

    cn: str
    issuer: str


@lru_cache(maxsize=4096)
def read_certificate(pem: str) -> ClientCertificate | None:
    """Return what a PEM certificate says, None for anything else."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode("ascii", "replace"))
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return ClientCertificate(str(names[0].value) if names else "", certificate.issuer.rfc4514_string())
    except ValueError:
        return None
