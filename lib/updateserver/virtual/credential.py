"""Keys and the certificates that belong to them.

A credential is what a device shows in a TLS handshake. Keys come from a factory, a function of the kind of key that is
wanted, so that tests and fleets can use the same few keys again and again.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
KeyFactory = Callable[[str], PrivateKey]

_CURVES: dict[str, ec.EllipticCurve] = {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "521": ec.SECP521R1()}


def new_key(kind: str = "2048-bit") -> PrivateKey:
    """Make a key: `2048-bit` and the like are RSA; `256-bit`, `P-256`, `384-bit` ... are elliptic curves.

    Raises ValueError for any other kind.
    """
    size = re.fullmatch(r"(?:P-)?(\d+)(?:-bit)?", kind)
    if size and size[1] in _CURVES:
        return ec.generate_private_key(_CURVES[size[1]])
    if size:
        return rsa.generate_private_key(65537, int(size[1]))
    raise ValueError(f"the kind of key is {kind!r}, not like 2048-bit or P-256")


class KeyPool:
    """A key factory that makes at most `size` keys of a kind and then hands them out again.

    Making a key takes longer than a whole poll; a fleet does not need a thousand of them. Safe for many threads.
    """

    def __init__(self, size: int = 4, make: KeyFactory = new_key) -> None:
        self._size = size
        self._make = make
        self._keys: dict[str, list[PrivateKey]] = defaultdict(list)
        self._turn = cycle(range(size))
        self._lock = Lock()

    def __call__(self, kind: str) -> PrivateKey:
        """Hand out a key of this kind."""
        with self._lock:
            keys = self._keys[kind]
            if len(keys) < self._size:
                keys.append(self._make(kind))
                return keys[-1]
            return keys[next(self._turn)]


@dataclass(frozen=True, slots=True)
class Credential:
    """A key and its certificate chain, the device's own certificate first."""

    key: PrivateKey
    chain: tuple[x509.Certificate, ...]

    @classmethod
    def from_pem(cls, certificates: bytes, key: bytes) -> "Credential":
        """Read a credential from PEM text.

        Raises ValueError if either is unusable, or if the first certificate is not the key's.
        """
        private = _supported(load_pem_private_key(key, None))
        credential = cls(private, tuple(x509.load_pem_x509_certificates(certificates)))
        if not fits(credential.chain[0], private):
            raise ValueError("the first certificate was not made for this key")
        return credential

    def pem(self) -> bytes:
        """Write key and chain as PEM text."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return key + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.chain)


def key_from_der(der: bytes) -> PrivateKey:
    """Read a key that `key_to_der` wrote."""
    return _supported(load_der_private_key(der, None))


def key_to_der(key: PrivateKey) -> bytes:
    """Write a key as PKCS#8."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def fits(certificate: x509.Certificate, key: PrivateKey) -> bool:
    """Tell whether a certificate was made for this key."""
    return certificate.public_key() == key.public_key()


def display_name(name: x509.Name) -> str:
    """Name a subject or issuer as a device shows it: its CN, or else its OU, or else its O."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(oid):
            return str(attribute.value)
    return ""


def _supported(key: object) -> PrivateKey:
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise ValueError(f"the key is a {type(key).__name__}, not RSA or elliptic curve")  # noqa: TRY004 -- a bad file
    return key
