"""PEM and DER, as text around bytes: of what the bytes say no more is looked at than what kind of thing they are.

What a device's signing request is to say, and the command that has the device make it.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from updateserver.base.names import bare
from updateserver.base.text import dns_label, encoded, latin1, lower
from updateserver.poll.facts import PollContext
from updateserver.trust.certificate import AlternativeNames, Name

_CERTIFICATE = re.compile(
    rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----(?P<text>[^-]*)(?P<end>-----END )?", re.IGNORECASE
)
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
_SEQUENCE = b"0"  # with which each DER file begins
_LONG_SEQUENCE = b"0\x82"  # with which each certificate does
_CUT_OFF = "holds a certificate that is cut off or damaged"
_OF_SOMETHING_ELSE = {0x02: "a private key or PKCS#12", 0x06: "PKCS#7"}  # the first tag in it
_ONE_BYTE = 0x80
_LINE = 64  # characters of base64


def certificate_der(content: bytes) -> bytes:
    """Return the DER of the first certificate of a file, which is DER or PEM.

    What begins as DER is returned as it is, unless it is cut off. PEM is read leniently: in either case, without its
    END line, or without both lines. Raises ValueError, with what it does instead, for what would be garbage there,
    or a key.
    """
    if content.startswith(_LONG_SEQUENCE) and len(content) < _length(content):
        raise ValueError(_CUT_OFF)
    if content.startswith(_SEQUENCE):
        return _no_key(content)
    if content.startswith(_UTF16):
        content = content.decode("utf-16", "ignore").encode("ascii", "ignore")
    block = _CERTIFICATE.search(content)
    if block is None and (other := _BEGIN.search(content)):
        raise ValueError(f"contains {other[1].decode().upper()}, no certificate")
    # Base64 without the two lines is what remains where somebody copies the text; editors put a byte order mark before
    # it.
    text = block["text"] if block else content.removeprefix(_UTF8_MARK)
    found = _decoded(text)
    if not found.startswith(_SEQUENCE):
        raise ValueError("contains no certificate")
    if len(found) != _length(found):
        raise ValueError(_CUT_OFF)
    return _no_key(found)


def holds_several(content: bytes) -> bool:
    """Tell whether a file holds more than one certificate."""
    return len(_CERTIFICATE.findall(content)) > 1


def _decoded(text: bytes) -> bytes:
    # Padding is made anew: it is easily lost where somebody copies the text.
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
        raise ValueError(f"contains {_OF_SOMETHING_ELSE[inner[0]]}, no certificate")
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
    # RFC 7468, 7.
    edge = b"CERTIFICATE REQUEST-----"
    return b"\r\n".join((b"-----BEGIN " + edge, *lines, b"-----END " + edge, b""))


# option of the command: attributes customcerts/@CSR..., in the order in which devices expect them
_OPTIONS = (
    ("key", "key"),
    ("signature", "signature"),
    ("dn-cn", "dn-cn"),
    ("dn-ou", "dn-ou"),
    ("dn-o", "dn-o"),
    ("dn-l", "dn-l"),
    ("dn-st", "dn-st"),
    ("dn-c", "dn-c"),
    ("san-dns", "san-dns-1"),
    ("san-dns", "san-dns-2"),
    ("san-dns", "san-dns-3"),
    ("san-ip", "san-ip-1"),
    ("san-ip", "san-ip-2"),
)
META_WORDS = ("realip", "ip", "proxy", "sn", "hwid", "name", "rdns")
META_WORD = re.compile(rf"\{{({'|'.join(META_WORDS)})\}}")  # other words in braces stay as they are
_MOBILE = ("mypbxa", "mypbxi")
_ASK_AGAIN_AFTER = 60  # seconds until a request that does not fit is asked for again


@dataclass(frozen=True, slots=True)
class Placeholders:
    """What the meta words stand for; each is looked up only where it is used."""

    sn: str
    ip: str  # as the server sees it
    proxy: str
    reverse_name: Callable[[str], str]
    device: Mapping[str, str] = field(default_factory=dict)  # as stored
    name: str | None = None

    def filled(self, text: str) -> str:
        """Return the value of a CSR attribute; "" where one of its meta words is not known."""
        placeholders = {name: self._word(name) for name in META_WORD.findall(text)}
        if any(value is None for value in placeholders.values()):
            return ""
        return META_WORD.sub(lambda match: placeholders[match[1]] or "", latin1(text))

    def _word(self, name: str) -> str | None:
        """Return what a meta word stands for, None if that is not known."""
        match name:
            case "ip":
                return self.ip
            case "proxy":
                return self.proxy
            # As certificates have it: 0090333000af.
            case "sn":
                return bare(self.sn)
            case "realip" | "hwid":
                return self.device.get(name)
            # As one label (RFC 1123, 2.1): the name is free text of an admin, and may go into san-dns.
            case "name":
                return dns_label(self.name) if self.name else None
            case _:  # rdns
                address = self.device.get("realip")
                return address and self.reverse_name(address)


@dataclass(frozen=True, slots=True)
class Asked:
    """The names that a request is asked to have."""

    subject: Name
    names: AlternativeNames

    def written(self) -> bytes:
        """Return this as it is kept until the request comes."""
        return json.dumps({"subject": self.subject, "dns": self.names.dns, "ips": self.names.ips}).encode()


def asked_of(content: bytes) -> Asked | None:
    """Return what was written, None if it cannot be read."""
    try:
        written = json.loads(content)
        subject = tuple((str(kind), str(value)) for kind, value in written["subject"])
        return Asked(subject, AlternativeNames(tuple(map(str, written["dns"])), tuple(map(str, written["ips"]))))
    except (KeyError, TypeError, ValueError):
        return None


def asked_now(csr: Mapping[str, str], placeholders: Placeholders) -> Asked:
    """Return what a request is asked to say if it is asked now."""
    return Asked(_subject(csr, placeholders), _names(csr, placeholders))


def is_asked_again(origin: bytes | None, request: bytes, now: int) -> bool:
    """Tell whether the device is asked for its request though one is here: what came as it was none that fits.

    `origin` is what was kept about it. Whoever was faster than the device must not keep its own out.
    """
    try:
        written = json.loads(origin or b"{}")
        is_faulty = written["faulty"] is True and written["request"] == hashlib.sha256(request).hexdigest()
        return is_faulty and abs(now - int(written["time"])) >= _ASK_AGAIN_AFTER
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def placeholders_of(context: PollContext) -> Placeholders:
    """Return what the meta words stand for in a poll."""
    call, stored = context.call, context.facts.stored
    return Placeholders(
        context.poll.sn, call.peer, call.proxy or "", context.facts.reverse_name, stored.device, stored.name
    )


def request_command(context: PollContext, placeholders: Placeholders) -> str:
    """Return the command with the requested names, meta words replaced."""
    csr = context.config.customcerts.csr
    # The reference sends the blank of these two as +, of all others as %20.
    kind = "Signing+request" if lower(context.poll.type) in _MOBILE else "Signing%20request"
    options = " ".join(f"/{option} {encoded(placeholders.filled(csr.get(name, '')))}" for option, name in _OPTIONS)
    return f"mod cmd X509 servercert-create /cmd servercert-create /redirect /target device /type {kind}  {options}"


def _subject(csr: Mapping[str, str], placeholders: Placeholders) -> Name:
    kinds = ("cn", "ou", "o", "l", "st", "c")
    filled = ((kind.upper(), _as_device_reads(placeholders.filled(csr.get(f"dn-{kind}", "")))) for kind in kinds)
    return tuple((kind, value) for kind, value in filled if value)


def _names(csr: Mapping[str, str], placeholders: Placeholders) -> AlternativeNames:
    dns, ips = (
        tuple(
            filter(
                None, (placeholders.filled(csr.get(attribute, "")) for name, attribute in _OPTIONS if name == option)
            )
        )
        for option in ("san-dns", "san-ip")
    )
    return AlternativeNames(dns, ips)


def _as_device_reads(value: str) -> str:
    """Return text of the command as characters: it goes out in the bytes of Latin-1."""
    return value.encode("utf-8", "surrogateescape").decode("latin-1")
