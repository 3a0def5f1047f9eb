"""What signing requests and certificates say: facts, judged elsewhere.

Names are pairs of type and value, such as ("CN", "IP232-30-00-af"). Times are Unix seconds.
"""

from dataclasses import dataclass

Name = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key; `fingerprint` is SHA-256 of its SubjectPublicKeyInfo, as hex: equal for the same key only."""

    kind: str  # RSA, EC, or what else it is
    bits: int
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.kind} {self.bits} bits, SHA-256 {self.fingerprint[:16]}"


@dataclass(frozen=True, slots=True)
class AlternativeNames:
    """The names in the extension subjectAltName (RFC 5280, 4.2.1.6)."""

    dns: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    others: tuple[str, ...] = ()  # such as URI:http://example.com

    @property
    def all(self) -> tuple[str, ...]:
        """Return all of them."""
        return self.dns + self.ips + self.others


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A request to a CA (PKCS#10, RFC 2986)."""

    subject: Name
    names: AlternativeNames
    key: PublicKey
    is_signed: bool  # by the key that it is about
    wants_ca: bool = False  # it asks for a certificate that may sign others


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate (RFC 5280)."""

    subject: Name
    issuer: Name
    serial: str  # hex
    key: PublicKey
    not_before: int
    not_after: int
    signature_hash: str  # sha256, sha1, ...; "" where the algorithm has none
    is_ca: bool = False
    is_self_issued: bool = False
    key_usage: frozenset[str] | None = None  # digital_signature, key_cert_sign, ...; None: not limited
    extended_usage: frozenset[str] | None = None  # clientAuth, serverAuth, ... or dotted numbers; None: not limited
    names: AlternativeNames = AlternativeNames()
    unknown_critical: tuple[str, ...] = ()  # dotted numbers of extensions


@dataclass(frozen=True, slots=True)
class CaFile:
    """A file of `customcerts/@CAkeys`: a certificate, or why it is none."""

    name: str
    certificate: Certificate | None = None
    problem: str = ""
    signed_by: frozenset[str] = frozenset()  # names of the files whose key signed it


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """Where a request came from; `verified` is the name that the caller proved by certificate, "" if unverified."""

    request: str  # SHA-256 of its bytes, as hex
    key: str  # fingerprint of its key; the same as `request`, where it has none
    address: str
    time: int
    known_since: int  # when the device was seen for the first time
    verified: str = ""
    is_factory: bool = False
    faulty: bool = False  # it is not what was asked for, or no request at all

    @property
    def is_request(self) -> bool:
        """Whether it could be read."""
        return self.key != self.request


@dataclass(frozen=True, slots=True)
class RequestConflict:
    """Somebody else sent a request for the same serial number."""

    key: str
    address: str
    time: int
    count: int = 1
    why: str = ""


def value_of(name: Name, kind: str) -> str:
    """Return the first value of a kind in a name that says something, "" if there is none."""
    return next((value for found, value in name if found == kind and value), "")


def known_as(name: Name) -> str:
    """Return the name by which `customcerts/@CAname` and devices call somebody: CN, or else OU, or else O.

    Whatever names an authority asks here, so that all of them agree.
    """
    return value_of(name, "CN") or value_of(name, "OU") or value_of(name, "O")


def written(name: Name) -> str:
    """Return a name as text: `C=DE, O=innovaphone, CN=IP232-30-00-af`."""
    return ", ".join(f"{kind}={value}" for kind, value in name)
