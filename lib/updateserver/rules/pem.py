"""PEM and DER, as text around bytes: of what the bytes say no more is looked at than what kind of thing they are."""

import base64
import re

_CERTIFICATE = re.compile(
    rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----(?P<text>[^-]*)(?P<end>-----END )?", re.IGNORECASE
)
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
_SEQUENCE = b"0"  # with which each DER file begins
_OF_SOMETHING_ELSE = {0x02: "a private key or PKCS#12", 0x06: "PKCS#7"}  # the first tag in it
_ONE_BYTE = 0x80
_LINE = 64  # characters of base64


def certificate_der(content: bytes) -> bytes:
    """Return the DER of the first certificate of a file, which is DER or PEM.

    What begins as DER is returned as it is. PEM is read leniently: in either case, without its END line, or without
    both lines. Raises ValueError, with what it does instead, for what would be garbage to a device, or a key.
    """
    if content.startswith(_SEQUENCE):
        return _no_key(content)
    if content.startswith(_UTF16):
        content = content.decode("utf-16", "ignore").encode("ascii", "ignore")
    block = _CERTIFICATE.search(content)
    if block is None and (other := _BEGIN.search(content)):
        raise ValueError(f"holds {other[1].decode().upper()}, no certificate")
    text = block["text"] if block else content.removeprefix(_UTF8_MARK)
    found = _decoded(text)
    if not found.startswith(_SEQUENCE):
        raise ValueError("holds no certificate")
    if len(found) != _length(found):
        raise ValueError("holds a certificate that is cut off or damaged")
    return _no_key(found)


def holds_several(content: bytes) -> bool:
    """Tell whether a file holds more than one certificate."""
    return len(_CERTIFICATE.findall(content)) > 1


def _decoded(text: bytes) -> bytes:
    letters = b"".join(text.split()).rstrip(b"=")
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4), validate=True)
    except ValueError:
        return b""


def _no_key(der: bytes) -> bytes:
    """Return DER that is no certificate for certain only if it is harmless."""
    start = _start(der)
    inner = der[start:]
    if inner and inner[0] in _OF_SOMETHING_ELSE and len(inner) > _length(inner):
        raise ValueError(f"holds {_OF_SOMETHING_ELSE[inner[0]]}, no certificate")
    return der


def _start(der: bytes) -> int:
    """Return where the content of a DER element begins."""
    return 2 + (der[1] - _ONE_BYTE if len(der) > 1 and der[1] > _ONE_BYTE else 0)


def _length(der: bytes) -> int:
    """Return how many bytes a DER element says that it has."""
    start = _start(der)
    return start + (int.from_bytes(der[2:start]) if start > 2 else (der[1] if len(der) > 1 else 0))  # noqa: PLR2004


def request_pem(content: bytes) -> bytes:
    """Return the PEM of a signing request, lines ended by CR LF."""
    text = base64.b64encode(content)
    lines = [text[place : place + _LINE] for place in range(0, len(text), _LINE)]
    edge = b"CERTIFICATE REQUEST-----"
    return b"\r\n".join((b"-----BEGIN " + edge, *lines, b"-----END " + edge, b""))
