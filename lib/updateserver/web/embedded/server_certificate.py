"""The TLS side of a listener: the installation's server certificate, self-signed where the admin brought none.

The pair lies in `config/server-cert.pem` and `config/server-key.pem`, or where the admin says; what lies there is never
overwritten.
"""

import contextlib
import ipaddress
import os
import re
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from updateserver.base.io.files import content_of, create, opened

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

# Devices do not check a self-signed certificate, so it should not trouble anybody by running out.
_LIFETIME = timedelta(days=3650)


# Linux lists all its IPv4 addresses in the first, the IPv6 ones in the second file.
_IPV4, _IPV6 = Path("/proc/net/fib_trie"), Path("/proc/net/if_inet6")
_LOCAL = re.compile(r"\|-- ([\d.]+)\n\s+/32 host LOCAL")
_MANY = 100  # addresses in one certificate


def server_context(root: Path) -> ssl.SSLContext:
    """Return the context for HTTPS with the installation's certificate, made now if there is none.

    Raises FileNotFoundError when there is a certificate without its key, ValueError when the two do not match.
    """
    certificate, key = root / "config" / "server-cert.pem", root / "config" / "server-key.pem"
    if certificate.exists() and not key.exists():
        raise FileNotFoundError(f"{certificate} has no key beside it: expected {key}")
    with contextlib.suppress(FileExistsError):  # another process was faster
        if not key.exists():
            create(key, _new_key())
    with contextlib.suppress(FileExistsError):
        if not certificate.exists():
            create(certificate, _self_signed(content_of(key)))
    return own_context(certificate, key)


def own_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the context for HTTPS with this certificate, its chain after it; both may lie in the same file.

    Raises ValueError when they cannot be used.
    """
    for file in (certificate, key):
        os.close(opened(file))  # OpenSSL would wait for a pipe
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=_refuse_password)
    except (ssl.SSLError, ValueError) as error:
        raise ValueError(f"{certificate} with key {key} cannot be used: {_reason(error)}") from error
    return context


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no certificate and key in PEM").lower().replace("_", " ")
    return str(error)


def _refuse_password() -> str:
    raise ValueError("the key is protected by a password, and nobody would be there to type it")


def local_addresses() -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return the addresses of this computer, 127.0.0.1 first; without those that count on one link only."""
    found = ["127.0.0.1"]
    try:
        found += _LOCAL.findall(_IPV4.read_text())
        found += [":".join(re.findall("....", line[:32])) for line in _IPV6.read_text().splitlines()]
    except OSError:  # no Linux, or no IPv6
        pass
    addresses = dict.fromkeys(map(ipaddress.ip_address, found))
    return [address for address in addresses if not address.is_link_local][:_MANY]


def _new_key() -> bytes:
    # RSA: the oldest devices know nothing else.
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _self_signed(key_pem: bytes) -> bytes:
    key = cast("CertificateIssuerPrivateKeyTypes", serialization.load_pem_private_key(key_pem, None))
    host, now = socket.gethostname(), datetime.now(UTC)
    # RFC 5280, appendix A.1: ub-common-name is 64.
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host[:64])])
    # RFC 9110, 4.3.4: clients look at the alternative names only, not at the CN.
    names = [x509.DNSName(host), x509.DNSName("localhost"), *map(x509.IPAddress, local_addresses())]
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
