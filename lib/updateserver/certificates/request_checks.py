"""Whether a device's signing request is what it was asked for, and whether somebody should look at it first.

Faults keep a request from being signed, whoever wants it; conflicts leave it to an admin who knows better.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address

from updateserver.base.text import day
from updateserver.base.times import DAY
from updateserver.certificates.chain import weak_key
from updateserver.configuration.config import CustomCerts
from updateserver.trust.call import Identity
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


def request_faults(request: SigningRequest, wanted: ExpectedRequest, certs: CustomCerts) -> Iterator[str]:
    """Yield why a request does not fit (RFC 2986, section 4; the names that `@CSRdn-*` and `@CSRsan-*` want)."""
    if not request.is_signed:
        yield "its signature is not that of its key: whoever made it does not hold the private key"
    if weakness := weak_key(request.key):
        yield weakness
    if request.wants_ca:
        yield "it asks for a certificate that may sign others (CA:TRUE)"
    yield from _common_name(value_of(request.subject, "CN"), wanted, certs)
    yield from _subject(request.subject, wanted.subject)
    yield from _names(request.names, wanted.names)


def _common_name(cn: str, wanted: ExpectedRequest, certs: CustomCerts) -> Iterator[str]:
    if not is_name_of(cn, wanted.hwid, wanted.sn, certs):
        asked = "" if cn != value_of(wanted.subject, "CN") else "; write {hwid} or {sn} into customcerts/@CSRdn-cn"
        yield f"its CN is {cn!r}, which is not this device: {wanted.hwid or 'no hwid known'} or {wanted.sn}{asked}"


def _subject(found: Name, wanted: Name) -> Iterator[str]:
    for kind, value in wanted:
        if (kind, value) not in found:
            yield f"its {kind} is {value_of(found, kind)!r}, asked for was {value!r}"
    for kind, value in found:
        if kind not in dict(wanted):
            yield f"it names {kind}={value!r}, which was not asked for"
        elif sum(other == kind for other, _ in found) > 1:
            yield f"it names {kind} more than once, {value!r} among them"


def _names(found: AlternativeNames, wanted: AlternativeNames) -> Iterator[str]:
    for kind, has, wants in (
        ("DNS name", {name.lower() for name in found.dns}, {name.lower() for name in wanted.dns}),
        ("address", set(map(_address, found.ips)), set(map(_address, wanted.ips))),
    ):
        yield from (f"it lacks the {kind} {name!r}, which was asked for" for name in sorted(wants - has))
        yield from (f"it names the {kind} {name!r}, which was not asked for" for name in sorted(has - wants))
    yield from (f"it names {name!r}, which was not asked for" for name in found.others)


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
    identity: Identity | None = None  # what the device has shown
    issued: Certificate | None = None  # what it was given last
    rival: str = ""  # serial number of another device that the request's name belongs to

    def valid_for_another(self, key: str, now: int) -> Certificate | None:
        """Return the certificate that the device was given for another key, if it is still good."""
        issued = self.issued
        return issued if issued and issued.key.fingerprint != key and issued.not_after > now else None


def request_conflicts(key: str, history: History, renew: int, now: int) -> Iterator[str]:
    """Yield what speaks for somebody else having made a request, whose key has the fingerprint `key`."""
    if conflict := history.conflict:
        times = "once" if conflict.count == 1 else f"{conflict.count} times"
        yield (
            f"conflict: {conflict.why}: key {conflict.key[:16]}, from {conflict.address}, "
            f"{times}, last on {day(conflict.time)}"
        )
    if history.rival:
        yield f"conflict: the request's name has three bytes of a serial number, and belongs to {history.rival}"
    if history.origin and history.origin.verified:
        return
    if identity := history.identity:
        yield (
            f"the device has shown a certificate since {day(identity.since)} (CN={identity.cn}, by {identity.issuer}), "
            "but this request came without it"
        )
        return
    issued = history.valid_for_another(key, now)
    if issued and issued.not_after - renew * DAY > now:
        yield (
            f"the device was given a certificate for another key that is good until {day(issued.not_after)}, "
            "and this request came without it"
        )
