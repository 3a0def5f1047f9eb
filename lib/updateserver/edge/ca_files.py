"""The CA's certificate files in the certificate folder, and whether they are a chain."""

import fnmatch
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from updateserver.edge.certificate_reader import read_certificate
from updateserver.edge.files import read
from updateserver.model.certificate import CaFile
from updateserver.model.certificate_files import is_of_a_device
from updateserver.model.configuration import Config
from updateserver.model.source import Finding, Node, warning
from updateserver.rules.chain import chain_faults
from updateserver.rules.pem import der

_SEVERAL = b"-----BEGIN CERTIFICATE-----"


def names_in(folder: Path, pattern: str) -> list[str]:
    """Return the names of the CA's files, in the order in which devices get them."""
    names = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208
    matching = fnmatch.filter(sorted(names), pattern)
    return [name for name in matching if not name.startswith(".") and not is_of_a_device(name)]


class CaFiles:
    """The CA's files as they are now."""

    def __init__(self, folder: Path, pattern: str) -> None:
        found = [(name, *_content(folder / name)) for name in names_in(folder, pattern) if (folder / name).is_file()]
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
            return CaFile(name, problem=f"this certificate cannot be understood: {error}")
        return replace(facts, signed_by=self.signers(certificate))


def is_signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Tell whether a certificate names this authority as its issuer and bears its signature."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _content(path: Path) -> tuple[x509.Certificate | None, str]:
    """Return the certificate that devices get from a file, or why there is none."""
    content = read(path)
    if content is None:
        return None, "cannot be read: check its owner and mode"
    try:
        return x509.load_der_x509_certificate(der(content)), ""
    except ValueError:
        return None, "holds no certificate: put in one certificate as DER or PEM"


def chain_findings(root: Path, config: Config, merged: Node) -> Iterator[Finding]:
    """Yield what is wrong with the CA's files, for the check of the configuration."""
    certs = config.customcerts
    if not certs.dir:
        return
    node, folder = merged.one("customcerts"), root / certs.dir
    files = CaFiles(folder, certs.CAkeys).files
    if not files:
        message = "no such file: devices get their certificate without the CA's; put that in as CAkey-01.cer"
        yield warning(message, node, "customcerts", "CAkeys")
    for fault in chain_faults(files, int(time.time())):
        yield warning(fault, node, "customcerts", "CAkeys")
    for file in files:
        if (read(folder / file.name) or b"").count(_SEVERAL) > 1:
            message = f"{file.name} holds several certificates, devices get the first only: one in each file"
            yield warning(message, node, "customcerts", "CAkeys")
