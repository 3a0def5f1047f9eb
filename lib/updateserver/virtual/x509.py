"""The module X509 of a device: its certificate chain, and how it asks for another one.

A request is made in the background (`busy`) and then lies in the variables `X509/REQUEST` and `X509/REQUESTKEY`. The
answer arrives in variables as well, and is judged when the script has ended: a chain that fits replaces the old one.
"""

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from xml.etree import ElementTree as ET

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from updateserver.virtual.credential import (
    Credential,
    KeyFactory,
    display_name,
    fits,
    key_from_der,
    key_to_der,
    new_key,
)
from updateserver.virtual.script import Option
from updateserver.virtual.storage import DATE, Variables

REQUEST = "X509/REQUEST"
REQUEST_KEY = "X509/REQUESTKEY"
REQUEST_ERROR = "X509/REQUESTERROR"
RESPONSE = "X509/REQUESTRESPONSE"

_SUBJECT = {
    "/dn-c": NameOID.COUNTRY_NAME,
    "/dn-st": NameOID.STATE_OR_PROVINCE_NAME,
    "/dn-l": NameOID.LOCALITY_NAME,
    "/dn-o": NameOID.ORGANIZATION_NAME,
    "/dn-ou": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "/dn-cn": NameOID.COMMON_NAME,
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "SH256": hashes.SHA256(),
    "SH384": hashes.SHA384(),
    "SH512": hashes.SHA512(),
}


class X509:
    """Certificates of one device. `busy_polls` is how many polls a request takes after the one that ordered it."""

    def __init__(self, credential: Credential | None, keys: KeyFactory = new_key, busy_polls: int = 1) -> None:
        self.credential = credential
        self._keys = keys
        self._busy_polls = busy_polls
        self._ordered: tuple[str, hashes.HashAlgorithm, x509.CertificateSigningRequestBuilder] | None = None
        self._polls_left = 0

    @property
    def busy(self) -> bool:
        """Tell whether a request is being made."""
        return self._ordered is not None

    def create(self, options: list[Option]) -> None:
        """Begin to make a key and a signing request, as `servercert-create` asks.

        Raises ValueError for a type other than a signing request, a subject or an address that cannot be.
        """
        asked = dict(options)
        if asked.get("/type") != "Signing request":
            raise ValueError(f"servercert-create: /type is {asked.get('/type')!r}, not 'Signing request'")
        if self.busy:
            return
        builder = x509.CertificateSigningRequestBuilder().subject_name(_subject(options))
        if names := list(_alternative_names(options)):
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        algorithm = _HASHES.get(asked.get("/signature") or "", hashes.SHA256())
        self._ordered = (asked.get("/key") or "2048-bit", algorithm, builder)
        self._polls_left = self._busy_polls

    def end_poll(self, variables: Variables, now: datetime) -> None:
        """Finish a request whose time has come, and judge an answer that has arrived.

        Raises ValueError if such a key cannot be made.
        """
        self._judge_response(variables, now)
        if self._ordered is None:
            return
        if self._polls_left:
            self._polls_left -= 1
            return
        (kind, algorithm, builder), self._ordered = self._ordered, None
        key = self._keys(kind)
        request = builder.sign(key, algorithm)  # type: ignore[arg-type]  # any of the hashes above
        variables.create(REQUEST, "pb", request.public_bytes(Encoding.DER).hex(), now)
        variables.create(REQUEST_KEY, "pcb", key_to_der(key).hex(), now)

    def xml(self, variables: Variables) -> str:
        """Print what `mod cmd X509 xml-info` prints."""
        root = ET.Element("info")
        chain = ET.SubElement(root, "servercert")
        for certificate in self.credential.chain if self.credential else ():
            ET.SubElement(chain, "certificate", _described(certificate))
        if REQUEST in variables:
            ET.SubElement(ET.SubElement(root, "requests"), "request", _described_request(variables))
        if self.busy:
            ET.SubElement(root, "busy")
        if REQUEST_ERROR in variables:
            ET.SubElement(root, "request-error", text=variables.value(REQUEST_ERROR) or "")
        return ET.tostring(root, encoding="unicode")

    def _judge_response(self, variables: Variables, now: datetime) -> None:
        names = variables.below(RESPONSE)
        if not names:
            return
        try:
            self.credential = _answered(variables, names)
        except ValueError as error:
            variables.create(REQUEST_ERROR, "p", str(error).replace("\n", " "), now)
        else:
            variables.delete(REQUEST)
            variables.delete(REQUEST_KEY)
        for name in names:
            variables.delete(name)


def _answered(variables: Variables, names: list[str]) -> Credential:
    chain = tuple(x509.load_der_x509_certificate(bytes.fromhex(variables.value(name) or "")) for name in names)
    key = variables.value(REQUEST_KEY)
    if key is None:
        raise ValueError("no request is waiting for an answer")
    private = key_from_der(bytes.fromhex(key))
    if not fits(chain[0], private):
        raise ValueError(f"certificate {display_name(chain[0].subject)!r} does not fit the request's key")
    return Credential(private, chain)


def _subject(options: list[Option]) -> x509.Name:
    asked = dict(options)
    return x509.Name([x509.NameAttribute(oid, text) for name, oid in _SUBJECT.items() if (text := asked.get(name))])


def _alternative_names(options: list[Option]) -> Iterator[x509.GeneralName]:
    for name, text in options:
        if text and name == "/san-dns":
            yield x509.DNSName(text)
        elif text and name == "/san-ip":
            yield x509.IPAddress(ip_address(text))


def _described(certificate: x509.Certificate) -> dict[str, str]:
    return {
        "subject_cn": display_name(certificate.subject),
        "issuer_cn": display_name(certificate.issuer),
        "not_before": certificate.not_valid_before_utc.strftime(DATE),
        "not_after": certificate.not_valid_after_utc.strftime(DATE),
    }


def _described_request(variables: Variables) -> dict[str, str]:
    try:
        request = x509.load_der_x509_csr(bytes.fromhex(variables.value(REQUEST) or ""))
    except ValueError:  # a script may have put anything there
        return {}
    return {"subject_cn": display_name(request.subject)}
