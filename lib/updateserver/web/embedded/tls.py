"""What the TLS layer knows about a connection, as the variables that Apache and lighttpd give it.

It believes the TLS layer: a certificate that is shown here was checked in the handshake.
"""

import base64
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from cryptography.x509 import Name, ObjectIdentifier


def tls_variables(connection: "ssl.SSLObject") -> "Mapping[str, str]":
    """Return HTTPS, the protocol and the SSL_CLIENT_* family; text is UTF-8."""
    variables = {"HTTPS": "on", "SSL_PROTOCOL": connection.version() or ""}
    certificate = connection.getpeercert(binary_form=True)
    if certificate is None:
        return variables | {"SSL_CLIENT_VERIFY": "NONE"}
    return variables | {"SSL_CLIENT_VERIFY": "SUCCESS"} | _client_variables(certificate)


# A device polls with the same certificate again and again.
@lru_cache(maxsize=1024)
def _client_variables(der: bytes) -> dict[str, str]:
    from cryptography import x509  # noqa: PLC0415 -- takes 100 ms, and plain HTTP never needs it

    certificate = x509.load_der_x509_certificate(der)
    subject, issuer, oid = certificate.subject, certificate.issuer, x509.NameOID
    known = {
        "SSL_CLIENT_S_DN": subject.rfc4514_string(),
        "SSL_CLIENT_S_DN_CN": _first(subject, oid.COMMON_NAME),
        "SSL_CLIENT_I_DN": issuer.rfc4514_string(),
        "SSL_CLIENT_I_DN_CN": _first(issuer, oid.COMMON_NAME),
        "SSL_CLIENT_I_DN_OU": _first(issuer, oid.ORGANIZATIONAL_UNIT_NAME),
        "SSL_CLIENT_CERT": _pem(der),
    }
    return {name: value for name, value in known.items() if value}


def _first(name: "Name", oid: "ObjectIdentifier") -> str:
    values = name.get_attributes_for_oid(oid)
    return str(values[0].value) if values else ""


def _pem(der: bytes) -> str:
    lines = textwrap.wrap(base64.b64encode(der).decode("ascii"), 64)
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
