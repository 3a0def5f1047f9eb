"""Which certification authorities are trusted to say who a device is, and a context that asks devices for certificates.

Without a certificate a caller is let in all the same; an untrusted one is refused at the handshake.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from updateserver.base.io.files import content_of
from updateserver.certificates.reader import name_of_authority
from updateserver.device.io.ca_names import names_in
from updateserver.poll.signing_request import certificate_der, holds_several

OWN_FILE = "config/client-ca.pem"  # the admin's, beside those that the configuration names
FOLDER = "certs"  # of authorities, where the configuration names no other
PATTERN = "CAkey*"


@dataclass(frozen=True, slots=True)
class Authority:
    """A certification authority, and the file that it was read from."""

    certificate: x509.Certificate
    file: Path

    @property
    def name(self) -> str:
        """The name by which `customcerts/@CAname` lists it; its whole subject where it has none."""
        return name_of_authority(self.certificate) or self.certificate.subject.rfc4514_string()


def authorities_in(files: "list[Path]") -> list[Authority]:
    """Return the authorities in these files, PEM (one or several) or DER.

    Raises OSError for a file that cannot be read, ValueError for one that contains no certificate.
    """
    return [Authority(certificate, file) for file in files for certificate in _certificates(file)]


def usual_files(root: Path, folder: str = "", pattern: str = "") -> list[Path]:
    """Return the files of authorities where none are named: `customcerts/@CAkeys`, and `config/client-ca.pem`."""
    folder = folder or FOLDER
    named = [root / folder / name for name in names_in(root, folder, pattern or PATTERN)]
    return [path for path in (*named, root / OWN_FILE) if path.is_file()]


def ask_for_certificates(context: ssl.SSLContext, authorities: list[Authority]) -> None:
    """Have clients asked for a certificate, which one of these authorities must have issued."""
    # Not REQUIRED: new devices must get their script, and with it the way to a certificate, without one.
    context.verify_mode = ssl.CERT_OPTIONAL
    # An issuing authority is trusted without its root: it was put there to be trusted.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if authorities:
        context.load_verify_locations(
            cadata=b"".join(authority.certificate.public_bytes(Encoding.DER) for authority in authorities)
        )


def _certificates(file: Path) -> list[x509.Certificate]:
    content = content_of(file)
    try:
        if holds_several(content):
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(certificate_der(content))]
    except ValueError as error:
        raise ValueError(f"{file} contains no certificate: expected PEM or DER") from error
