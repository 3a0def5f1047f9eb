"""What is in a file that somebody uploads as a certificate: the certificates in it, or what it is instead."""

import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key, pkcs7, pkcs12

from updateserver.base.message import Message
from updateserver.certificates.reader import parse_certificate, read_request

LARGEST = 64 * 1024  # bytes
_LABELS = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_CERTIFICATES = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")
_OBJECTIONS = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion)  # of the library, to bytes that are nearly right
_NO_CERTIFICATE = "no certificate data"  # how the library calls PKCS#7 without any
_IS_REQUEST = Message("it is a signing request, not a certificate: have the CA sign it, and upload what it returns")
_SEQUENCE = b"\x30"  # every DER file that could be meant begins with it


class WrongFile(ValueError):
    """The file is no certificate; the text says what it is and what to upload instead."""

    def __init__(self, why: Message) -> None:
        super().__init__(why)
        self.why = why


def certificates_in(content: bytes) -> list[x509.Certificate]:
    """Return all certificates of a file: DER, PEM (one or several), or PKCS#7 in either form.

    Raises WrongFile.
    """
    if len(content) > LARGEST:
        raise WrongFile(
            Message(
                "the file is too large for a certificate ({size} bytes, the limit is {most}): "
                "upload the certificate alone",
                size=len(content),
                most=LARGEST,
            )
        )
    if not content.strip():
        raise WrongFile(Message("the file is empty: upload the certificate that the CA made of the request"))
    labels = _LABELS.findall(content)
    found = _of_pem(content, labels) if labels else _of_der(content)
    if not found:
        raise WrongFile(Message("it contains no certificate: have the CA export the device's certificate with it"))
    return found


def _of_pem(content: bytes, labels: list[bytes]) -> list[x509.Certificate]:
    # Looked at first: a file with a key in it is refused, whatever else it holds.
    if any(b"PRIVATE KEY" in label for label in labels):
        raise WrongFile(
            Message(
                "it contains a private key, which should never leave its owner; the device has its own. "
                "Upload the certificate alone, and treat this key as compromised"
            )
        )
    if any(b"REQUEST" in label for label in labels):
        raise WrongFile(_IS_REQUEST)
    try:
        if b"PKCS7" in labels:
            return list(pkcs7.load_pem_pkcs7_certificates(content))
        if any(label in _CERTIFICATES for label in labels):
            return x509.load_pem_x509_certificates(content)
    except _OBJECTIONS as error:
        if _NO_CERTIFICATE in str(error):
            return []
        raise WrongFile(Message("its PEM text is damaged: copy or export it again, as a whole")) from error
    names = ", ".join(sorted({label.decode() for label in labels}))
    raise WrongFile(
        Message(
            "it contains {names}, not a certificate: upload the certificate that the CA made of the request",
            names=names,
        )
    )


def _of_der(content: bytes) -> list[x509.Certificate]:
    if not content.startswith(_SEQUENCE):
        raise WrongFile(
            Message("it is neither DER nor PEM nor PKCS#7: export the certificate from the CA as one of these")
        )
    try:
        return [parse_certificate(content)]
    except ValueError as problem:
        damage = problem
    try:
        return list(pkcs7.load_der_pkcs7_certificates(content))
    except _OBJECTIONS as problem:
        if _NO_CERTIFICATE in str(problem):
            return []
    if what := _instead(content):
        raise WrongFile(what)
    raise WrongFile(
        Message(
            "it begins like a DER file, but is no certificate ({why}): it may be cut off or damaged, "
            "copy or export it again",
            why=_plain(damage),
        )
    )


def _instead(content: bytes) -> Message | None:
    """Return what a DER file is, if it is one of those that are often mistaken for a certificate."""
    try:
        read_request(content)
    except ValueError:
        pass
    else:
        return _IS_REQUEST
    if _is_private_key(content):
        return Message(
            "it is a private key, not a certificate: upload the certificate, and treat this key as compromised"
        )
    try:
        pkcs12.load_pkcs12(content, b"")
    except _OBJECTIONS as error:
        if "password" not in str(error).lower():
            return None
    return Message(
        "it is a PKCS#12 file (.pfx, .p12), which contains a key: export the certificate alone, as DER or PEM"
    )


def _is_private_key(content: bytes) -> bool:
    try:
        load_der_private_key(content, None)
    except TypeError:  # it is encrypted
        return True
    except _OBJECTIONS:
        return False
    return True


def _plain(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
