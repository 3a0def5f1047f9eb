"""The factory: what certificates devices are born with.

`DeviceAuthority` plays the vendor's certification authorities and, with another name, a site's own. It is made afresh
for each test or fleet; nobody outside trusts it.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from updateserver.virtual.credential import Credential, KeyFactory, new_key
from updateserver.virtual.identity import DeviceIdentity

FIRST_AUTHORITY = "innovaphone Device Certification Authority"
SECOND_AUTHORITY = "innovaphone Device Certification Authority 2"
EARLY_TYPES = {"IP222": "IP222s", "IP232": "IP232s", "IP240": "IP240a", "IP200": "IP200a"}

BEGIN = datetime(2010, 1, 1, tzinfo=UTC)
END = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)


class DeviceAuthority:
    """A certification authority for tests. As the vendor's, it has no CN: its OU names it."""

    def __init__(self, name: str = SECOND_AUTHORITY, *, common_name: bool = False, keys: KeyFactory = new_key) -> None:
        self._keys = keys
        self._key = keys("P-256")
        self._name = _named(NameOID.COMMON_NAME if common_name else NameOID.ORGANIZATIONAL_UNIT_NAME, name)
        self.certificate = (
            _unsigned(self._name, self._key.public_key(), self._name, BEGIN, END)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, SHA256())
        )

    @classmethod
    def kept_in(cls, file: Path, keys: KeyFactory = new_key) -> Self:
        """Return the authority whose key and certificate this PEM file holds; it is made if there is none.

        Raises ValueError for a file that holds something else.
        """
        authority = cls(keys=keys)
        if file.exists():
            kept = Credential.from_pem(file.read_bytes(), file.read_bytes())
            authority._key, authority.certificate, authority._name = kept.key, kept.chain[0], kept.chain[0].subject
        else:
            pem = Credential(authority._key, (authority.certificate,)).pem()
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
                new.write(pem)
        return authority

    def issue(self, identity: DeviceIdentity, *, early: bool = False, kind: str = "P-256") -> Credential:
        """Make a device's certificate: its CN is the hardware id, as early devices misspelt it if `early`."""
        subject = _named(NameOID.COMMON_NAME, _early_hwid(identity) if early else identity.hwid)
        key = self._keys(kind)
        certificate = self._sign(_unsigned(subject, key.public_key(), self._name, BEGIN, END))
        return Credential(key, (certificate,))

    def issue_server(self, host: str, kind: str = "P-256") -> Credential:
        """Make the certificate of a server with this DNS name."""
        key = self._keys(kind)
        subject = _named(NameOID.COMMON_NAME, host)
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        unsigned = _unsigned(subject, key.public_key(), self._name, BEGIN, END).add_extension(names, critical=False)
        return Credential(key, (self._sign(unsigned),))

    def sign(self, request: bytes, begin: datetime = BEGIN, end: datetime = END) -> x509.Certificate:
        """Sign a PKCS#10 request (DER), keeping its subject and alternative names.

        Raises ValueError if it is no request or its own signature is wrong.
        """
        asked = x509.load_der_x509_csr(request)
        if not asked.is_signature_valid:
            raise ValueError("the request's signature does not fit its key")
        unsigned = _unsigned(asked.subject, asked.public_key(), self._name, begin, end)
        for extension in asked.extensions:
            unsigned = unsigned.add_extension(extension.value, critical=extension.critical)
        return self._sign(unsigned)

    def _sign(self, unsigned: x509.CertificateBuilder) -> x509.Certificate:
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        extended = unsigned.add_extension(usages, critical=False).add_extension(authority, critical=False)
        return extended.sign(self._key, SHA256())


def self_signed(identity: DeviceIdentity, kind: str = "P-256", keys: KeyFactory = new_key) -> Credential:
    """Make the certificate of a soft phone: nobody but itself vouches for it."""
    key = keys(kind)
    name = _named(NameOID.COMMON_NAME, identity.hwid)
    return Credential(key, (_unsigned(name, key.public_key(), name, BEGIN, END).sign(key, SHA256()),))


def _early_hwid(identity: DeviceIdentity) -> str:
    kind, dash, rest = identity.hwid.partition("-")
    return EARLY_TYPES.get(kind, kind) + dash + rest


def _named(oid: x509.ObjectIdentifier, name: str) -> x509.Name:
    attributes = [(NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, "innovaphone"), (oid, name)]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes])


def _unsigned(
    subject: x509.Name,
    key: CertificatePublicKeyTypes,
    issuer: x509.Name,
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
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
