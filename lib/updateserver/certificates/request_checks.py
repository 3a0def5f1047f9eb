"""Whether a device's signing request is what it was asked for, and whether somebody should look at it first.

Faults keep a request from being signed, whoever wants it; conflicts leave it to an admin who knows better.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address

from updateserver.base.message import Message
from updateserver.base.text import day
from updateserver.base.times import DAY
from updateserver.certificates.chain import weak_key
from updateserver.configuration.config import CustomCerts
from updateserver.trust.call import ProvenIdentity
from updateserver.trust.certificate import (
    AlternativeNames,
    Certificate,
    Name,
    RequestConflict,
    RequestOrigin,
    SigningRequest,
    value_of,
)
from updateserver.trust.proof import is_name_of


class Rank(IntEnum):
    """What a request is worth: one that is waiting gives way to one that is worth more."""

    NONE = 0  # it is no request
    FAULTY = 1
    FITS = 2
    VERIFIED = 3  # and its sender proved to be the device


def rank(request: SigningRequest | None, faults: Sequence[str], verified: str) -> Rank:
    """Return what a request is worth; `verified` is the name that its sender proved."""
    if request is None:
        return Rank.NONE
    if faults:
        return Rank.FAULTY
    return Rank.VERIFIED if verified else Rank.FITS


@dataclass(frozen=True, slots=True)
class ExpectedRequest:
    """What the device was asked to put into its request."""

    sn: str
    hwid: str
    subject: Name
    names: AlternativeNames


def request_faults(request: SigningRequest, wanted: ExpectedRequest, certs: CustomCerts) -> Iterator[Message]:
    """Yield why a request does not fit (RFC 2986, section 4; the names that `@CSRdn-*` and `@CSRsan-*` want)."""
    # RFC 2986, 4: else anybody could have a certificate made for a key that he only saw.
    if not request.is_signed:
        yield Message("its signature is not that of its key: whoever made it does not have the private key")
    if weakness := weak_key(request.key):
        yield weakness
    if request.wants_ca:
        yield Message("it asks for a certificate that may sign others (CA:TRUE)")
    yield from _common_name(value_of(request.subject, "CN"), wanted, certs)
    yield from _subject(request.subject, wanted.subject)
    yield from _names(request.names, wanted.names)


def _common_name(cn: str, wanted: ExpectedRequest, certs: CustomCerts) -> Iterator[Message]:
    if not is_name_of(cn, wanted.hwid, wanted.sn, certs):
        text = "its CN is {cn!r}, which is not this device: {hwid} or {sn}"
        if cn == value_of(wanted.subject, "CN"):  # the configuration itself asks for it
            text += "; write {{hwid}} or {{sn}} into customcerts/@CSRdn-cn"
        yield Message(text, cn=cn, hwid=wanted.hwid or Message("no hwid known"), sn=wanted.sn)


def _subject(found: Name, wanted: Name) -> Iterator[Message]:
    for kind, value in wanted:
        # Compared as text: devices put in what the command said, and our CA copies the subject as it is.
        if (kind, value) not in found:
            has = value_of(found, kind)
            yield Message("its {kind} is {has!r}, requested was {value!r}", kind=kind, has=has, value=value)
    for kind, value in found:
        if kind not in dict(wanted):
            yield Message("it names {kind}={value!r}, which was not requested", kind=kind, value=value)
        elif sum(other == kind for other, _ in found) > 1:
            # Programs differ in which of two CNs they look at, so two of a kind could mean two devices.
            yield Message("it names {kind} more than once, {value!r} among them", kind=kind, value=value)


def _names(found: AlternativeNames, wanted: AlternativeNames) -> Iterator[Message]:
    # DNS names have no case (RFC 4343).
    has, wants = {name.lower() for name in found.dns}, {name.lower() for name in wanted.dns}
    for name in sorted(wants - has):
        yield Message("it lacks the DNS name {name!r}, which was requested", name=name)
    for name in sorted(has - wants):
        yield Message("it names the DNS name {name!r}, which was not requested", name=name)
    has, wants = set(map(_address, found.ips)), set(map(_address, wanted.ips))
    for name in sorted(wants - has):
        yield Message("it lacks the address {name!r}, which was requested", name=name)
    for name in sorted(has - wants):
        yield Message("it names the address {name!r}, which was not requested", name=name)
    for name in found.others:
        yield Message("it names {name!r}, which was not requested", name=name)


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return text


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a device's certificates beside the request."""

    origin: RequestOrigin | None = None  # of the request
    conflict: RequestConflict | None = None
    identity: ProvenIdentity | None = None  # what the device has shown
    issued: Certificate | None = None  # what it was given last
    rival: str = ""  # serial number of another device that the request's name belongs to

    def valid_for_another(self, key: str, now: int) -> Certificate | None:
        """Return the certificate that the device was given for another key, if it is still good."""
        issued = self.issued
        return issued if issued and issued.key.fingerprint != key and issued.not_after > now else None


def request_conflicts(key: str, history: History, renew: int, now: int) -> Iterator[Message]:
    """Yield what speaks for somebody else having made a request, whose key has the fingerprint `key`."""
    if conflict := history.conflict:
        yield Message(
            "{why}: key {key}, from {address}, {times}, last on {day}",
            why=Message(conflict.why),
            key=conflict.key[:16],
            address=conflict.address,
            times=Message("once") if conflict.count == 1 else Message("{n} times", n=conflict.count),
            day=day(conflict.time),
        )
    if history.rival:
        yield Message(
            "the request's name has three bytes of a serial number, and belongs to {rival}",
            rival=history.rival,
        )
    # What follows is about callers that show nothing: this one proved to be the device.
    if history.origin and history.origin.verified:
        return
    if identity := history.identity:
        yield Message(
            "the device has shown a certificate since {day} (CN={cn}, by {issuer}), but this request came without it",
            day=day(identity.since),
            cn=identity.cn,
            issuer=identity.issuer,
        )
        return
    issued = history.valid_for_another(key, now)
    # Only before its time of renewal: later on the device is expected to make a new key.
    if issued and issued.not_after - renew * DAY > now:
        yield Message(
            "the device was given a certificate for another key that is good until {day}, "
            "and this request came without it",
            day=day(issued.not_after),
        )
