"""Our own CA: its key and certificate in `config/ca/`, which is never served.

`key.pem` is readable by its owner only, from its first byte on, and encrypted if there is a passphrase.
`certificate.pem` holds the CA's own certificate, followed by those above it.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)

from updateserver.base.io.files import content_of, create, replace
from updateserver.base.message import Message
from updateserver.certificates import builders
from updateserver.certificates.builders import PrivateKey
from updateserver.certificates.chain import authority_faults
from updateserver.certificates.io.ca_files import is_signed_by
from updateserver.certificates.reader import key_of, name_of_authority, read_certificate
from updateserver.certificates.uploaded_file import WrongFile, certificates_in
from updateserver.trust.certificate import CaFile, Certificate

FOLDER = "config/ca"
KEY, CERTIFICATE = "key.pem", "certificate.pem"
PASSPHRASE, PASSPHRASE_FILE = "UPDATESERVER_CA_PASSPHRASE", "UPDATESERVER_CA_PASSPHRASE_FILE"

_CURVES: Mapping[str, ec.EllipticCurve] = {"ec-256": ec.SECP256R1(), "ec-384": ec.SECP384R1()}
KINDS = ("rsa-3072", "rsa-2048", "rsa-4096", *_CURVES)


class CaUnusable(Exception):
    """Our CA cannot sign; the text says why, and what to do."""

    def __init__(self, *reasons: Message) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class LocalCa:
    """A CA that is ready to sign: its own certificate first, then those above it."""

    key: PrivateKey
    chain: tuple[x509.Certificate, ...]

    @property
    def name(self) -> str:
        """The name that `customcerts/@CAname` must list."""
        return name_of_authority(self.chain[0])

    @property
    def facts(self) -> Certificate:
        """What its own certificate says."""
        return read_certificate(self.chain[0])

    def sign(self, request: bytes, days: int, *, server_auth: bool) -> x509.Certificate:
        """Make the certificate that a request (DER) asks for, good for so many days; nothing is judged here."""
        wanted = x509.load_der_x509_csr(request)
        return builders.of_device(wanted, self.chain[0], self.key, days, server_auth=server_auth)


def exists(root: Path) -> bool:
    """Tell whether the installation has a CA of its own."""
    return (root / FOLDER / KEY).exists()


def load(root: Path, now: int, passphrase: bytes | None = None) -> LocalCa:
    """Return the installation's CA. Raises CaUnusable, with the reason."""
    folder = root / FOLDER
    try:
        key, certificate = content_of(folder / KEY), content_of(folder / CERTIFICATE)
    except FileNotFoundError as error:
        raise CaUnusable(
            Message("there is no own CA yet: make one with `updateserver certificates init-ca`")
        ) from error
    except OSError as error:
        raise CaUnusable(
            Message("{file} cannot be read: {why}", file=str(error.filename), why=Message(error.strerror or ""))
        ) from error
    return joined(key, certificate, now, passphrase or passphrase_of(os.environ))


def passphrase_of(environment: Mapping[str, str]) -> bytes | None:
    """Return the passphrase that the environment, or the file that it names, holds. Raises CaUnusable."""
    if text := environment.get(PASSPHRASE):
        return text.encode("utf-8", "surrogateescape")
    if name := environment.get(PASSPHRASE_FILE):
        return passphrase_in(Path(name))
    return None


def passphrase_in(file: Path) -> bytes:
    """Return the first line of a file. Raises CaUnusable if there is nothing in it."""
    try:
        passphrase = content_of(file).partition(b"\n")[0].rstrip(b"\r")
    except OSError as error:
        raise CaUnusable(
            Message(
                "the file with the passphrase cannot be read: {file}: {why}",
                file=str(file),
                why=Message(error.strerror or ""),
            )
        ) from error
    if not passphrase:
        raise CaUnusable(Message("the file with the passphrase is empty: {file}", file=str(file)))
    return passphrase


def new(name: str, days: int, kind: str) -> LocalCa:
    """Make a CA with a key of one of `KINDS`."""
    curve = _CURVES.get(kind)
    key: PrivateKey = (
        ec.generate_private_key(curve) if curve else rsa.generate_private_key(65537, int(kind.removeprefix("rsa-")))
    )
    return LocalCa(key, (builders.authority(name, key, days),))


def joined(key: bytes, certificates: bytes, now: int, passphrase: bytes | None) -> LocalCa:
    """Return the CA of a key and its certificate, with those above it. Raises CaUnusable if they make no CA."""
    private = _private_key(key, passphrase)
    fingerprint = key_of(private.public_key()).fingerprint
    try:
        found = certificates_in(certificates)
        own = [one for one in found if read_certificate(one).key.fingerprint == fingerprint]
    except ValueError as error:
        why = error.why if isinstance(error, WrongFile) else " ".join(str(error).split())
        raise CaUnusable(Message("the certificate of the CA cannot be used: {why}", why=why)) from error
    if not own:
        raise CaUnusable(Message("the certificate was not made for this key: name the two that belong together"))
    ca = LocalCa(private, _in_order(own[0], [one for one in found if one not in own]))
    if faults := list(authority_faults(as_files(ca.chain)[0], now)):
        raise CaUnusable(*faults)
    return ca


def as_files(chain: Sequence[x509.Certificate]) -> list[CaFile]:
    """Return a chain as the files that it is given to devices in."""
    named = {f"CAkey-{number:02d}.cer": certificate for number, certificate in enumerate(chain, 1)}
    return [
        CaFile(
            name,
            read_certificate(certificate),
            signed_by=frozenset(other for other, above in named.items() if is_signed_by(certificate, above)),
        )
        for name, certificate in named.items()
    ]


def files_for_devices(ca: LocalCa) -> dict[str, bytes]:
    """Return the files of `customcerts/@CAkeys` that this CA needs, by name: its own first, then those above."""
    contents = (certificate.public_bytes(Encoding.DER) for certificate in ca.chain)
    return {file.name: content for file, content in zip(as_files(ca.chain), contents, strict=True)}


def store(root: Path, ca: LocalCa, passphrase: bytes | None) -> None:
    """Keep a CA. Raises FileExistsError if there is one already: a CA's key is never replaced."""
    folder = root / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    pem = ca.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    certificates = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in ca.chain)
    # The key first, and only where there is none: two commands at one moment cannot mix two CAs.
    create(folder / KEY, pem)
    replace(folder / CERTIFICATE, certificates, durable=True)


def _private_key(content: bytes, passphrase: bytes | None) -> PrivateKey:
    try:
        key = (
            load_pem_private_key(content, passphrase)
            if b"-----BEGIN" in content
            else load_der_private_key(content, passphrase)
        )
    except TypeError as error:
        if passphrase is None:
            raise CaUnusable(
                Message(
                    "the key of the CA is encrypted: set {variable} or {other}",
                    variable=PASSPHRASE,
                    other=PASSPHRASE_FILE,
                )
            ) from error
        return _private_key(content, None)  # it is not encrypted, so no passphrase is needed
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CaUnusable(
            Message("the key of the CA cannot be read: the passphrase is wrong, or it is no key")
        ) from error
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise CaUnusable(Message("the key of the CA is neither RSA nor an elliptic curve: devices could not use it"))
    return key


def _in_order(own: x509.Certificate, others: list[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return the chain from the CA's own certificate upwards; what does not belong to it is left out."""
    chain = [own]
    # By signature, not by name: a CA with a new key keeps its name.
    while above := next((one for one in others if one not in chain and is_signed_by(chain[-1], one)), None):
        chain.append(above)
    return tuple(chain)
