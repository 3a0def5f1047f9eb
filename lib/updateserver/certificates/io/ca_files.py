"""The CA's certificate files in the certificate folder, and whether they are a chain."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from updateserver.base.io.files import content_of
from updateserver.base.message import Message
from updateserver.certificates.reader import parse_certificate, read_certificate
from updateserver.configuration.config import CustomCerts
from updateserver.device.io.ca_names import names_in
from updateserver.poll.signing_request import certificate_der
from updateserver.trust.certificate import CaFile


class CaFiles:
    """The CA's files as they are now."""

    def __init__(self, root: Path, certs: CustomCerts) -> None:
        found = [(name, *_content(root / certs.dir / name)) for name in names_in(root, certs.dir, certs.CAkeys)]
        self.certificates = {name: certificate for name, certificate, _ in found if certificate}
        self.files: Sequence[CaFile] = tuple(self._file(name, problem) for name, _, problem in found)

    def signers(self, certificate: x509.Certificate) -> frozenset[str]:
        """Return the names of the files whose CA signed a certificate."""
        return frozenset(name for name, ca in self.certificates.items() if is_signed_by(certificate, ca))

    def _file(self, name: str, problem: str) -> CaFile:
        certificate = self.certificates.get(name)
        if certificate is None:
            return CaFile(name, problem=problem)
        try:
            facts = CaFile(name, read_certificate(certificate), problem)
        except ValueError as error:
            return CaFile(name, problem=Message("this certificate cannot be understood: {why}", why=str(error)))
        return replace(facts, signed_by=self.signers(certificate))


def is_signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Tell whether a certificate names this authority as its issuer and bears its signature."""
    try:
        # Name and signature: neither alone says who issued it.
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _content(path: Path) -> tuple[x509.Certificate | None, str]:
    """Return the certificate that devices get from a file, or why there is none."""
    try:
        found = certificate_der(content_of(path))
    except OSError:
        return None, Message("cannot be read: check its owner and mode")
    except ValueError as problem:
        return None, Message(
            "{why}, so devices do not get it: put in one certificate as DER or PEM", why=Message(str(problem))
        )
    try:
        return parse_certificate(found), ""
    except ValueError:
        return None, Message("contains no certificate: put in one certificate as DER or PEM")
