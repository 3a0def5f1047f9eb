"""Whether `customcerts/@auto-sign-off` signs a request without an admin.

It does if the request fits, names nothing but what is known of the device, nobody else claims to be it, and the device
either proved by certificate who it is, or calls from `@network`/`@netmask` and is known for `@knowndays` days.

Known to be the device's own are its serial number and its hardware id, as DNS names in a domain that the configuration
names, and the address that the request came from. What a device says of itself could be anybody's name, and so could a
"serial number" that is none, such as intranet.example.com.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from updateserver.base.message import Message
from updateserver.base.names import bare, is_serial
from updateserver.base.text import day
from updateserver.configuration.config import CustomCerts
from updateserver.poll.signing_request import META_WORD
from updateserver.trust.certificate import AlternativeNames, Name, SigningRequest

_SAID = frozenset({"name", "realip", "rdns", "proxy", "ip"})  # meta words that are, or may be, a caller's own word


@dataclass(frozen=True, slots=True)
class Proven:
    """What is bound to a device: `hwid` is "" where it may be another one's, `address` where it is not known."""

    sn: str
    hwid: str
    address: str
    verified: str = ""  # the name that it proved by certificate as it sent the request

    @property
    def is_bound(self) -> bool:
        """Tell whether its name can be that of nothing but this device."""
        return is_serial(self.sn) or bool(self.verified)


def unproven_names(request: SigningRequest, csr: Mapping[str, str], proven: Proven) -> Iterator[Message]:
    """Yield which names of a request an admin is to check, and why."""
    if not proven.is_bound:
        yield Message("{sn!r} is no serial number: it could be the name of anything", sn=proven.sn)
    yield from _subject(request.subject, csr, proven)
    yield from _alternatives(request.names, csr, proven)


def _subject(subject: Name, csr: Mapping[str, str], proven: Proven) -> Iterator[Message]:
    """Yield parts of the subject that hold what the device says of itself; of the CN others take care."""
    known = _bound_values(proven) | {"ip": proven.address}
    for kind, value in subject:
        template = csr.get(f"dn-{kind.lower()}", "") if kind != "CN" else ""
        words = _SAID.intersection(META_WORD.findall(template))
        filled = META_WORD.sub(lambda match: known.get(match[1]) or match[0], template)
        # `{ip}` is the server's own observation, unless the request came from somewhere else than the poll before.
        if words - {"ip"} or (words and filled != value):
            yield Message(
                "{kind}={value!r} is unverified: only {{sn}}, {{hwid}} and {{ip}} are known", kind=kind, value=value
            )


def _alternatives(found: AlternativeNames, csr: Mapping[str, str], proven: Proven) -> Iterator[Message]:
    own = {name.lower() for text in _templates(csr) if (name := _filled(text, proven))}
    for name in found.dns:
        # DNS names have no case (RFC 4343).
        if name.lower() not in own:
            yield Message(
                "the DNS name {name!r} is not known to be the device's: only {{sn}} and {{hwid}} are", name=name
            )
    for address in found.ips:
        if not _is_same(address, proven.address):
            yield Message(
                "the address {address!r} is not the one that the request came from ({other})",
                address=address,
                other=proven.address or Message("unknown"),
            )
    for name in found.others:
        yield Message("the name {name!r} is not known to be the device's", name=name)


def waiting_attributes(csr: Mapping[str, str]) -> Iterator[str]:
    """Yield the attributes that have every request wait for somebody who looks at its names."""
    for name, text in csr.items():
        known = {"sn", "hwid"} if name.startswith("san-dns") else {"ip"}
        words = META_WORD.findall(text)
        if name.startswith("san-") and text and not (words and known.issuperset(words)):
            yield f"CSR{name}"
        if name.startswith("dn-") and name != "dn-cn" and (_SAID - {"ip"}).intersection(words):
            yield f"CSR{name}"


def _templates(csr: Mapping[str, str]) -> Iterator[str]:
    return (text for name, text in csr.items() if name.startswith("san-dns"))


def _filled(text: str, proven: Proven) -> str:
    """Return a name that is made of what is bound to the device and what the admin wrote, "" for any other."""
    known, words = _bound_values(proven), META_WORD.findall(text)
    if not words or not all(known.get(word) for word in words):
        return ""
    return META_WORD.sub(lambda match: known[match[1]], text)


def _bound_values(proven: Proven) -> dict[str, str]:
    return {"sn": bare(proven.sn), "hwid": proven.hwid} if proven.is_bound else {}


def _is_same(address: str, other: str) -> bool:
    try:
        return ip_address(address) == ip_address(other)
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class SigningCase:
    """All that the policy goes by; the journal keeps it."""

    faults: tuple[str, ...]
    conflicts: tuple[str, ...]
    address: str  # that the request came from, "" if that is not certain
    days_known: int
    verified: str = ""  # the name that the caller proved by certificate
    renews_until: int = 0  # end of a certificate for another key that the device has, 0 none
    unproven: tuple[str, ...] = ()  # what it names that only the device itself says


def objections(case: SigningCase, certs: CustomCerts, *, if_on: bool = False) -> Iterator[str]:
    """Yield why the policy leaves a request to an admin; `if_on` asks what it would do if it was turned on."""
    if not certs.is_local:
        yield Message("no own CA signs: customcerts/@CAtype is not local")
    if not certs.auto_sign_off and not if_on:
        yield Message("customcerts/@auto-sign-off is not true")
    yield from case.faults
    yield from case.conflicts
    yield from case.unproven
    # Whoever shows the device's certificate proves more than a network or a number of days could.
    if case.verified:
        return
    if case.renews_until:
        yield Message(
            "it renews a certificate that ends on {day}, but came without showing that", day=day(case.renews_until)
        )
    if problem := _outside(case.address, certs):
        yield problem
    # A device that was invented a moment ago must not get a certificate at once, even from within the network.
    if case.days_known < certs.knowndays:
        yield Message(
            "the device is known for {days} days, at least {least} are needed (@knowndays)",
            days=case.days_known,
            least=certs.knowndays,
        )


def _outside(address: str, certs: CustomCerts) -> Message | None:
    if not certs.network:
        return Message("it came without a certificate, and customcerts/@network names no network to be believed")
    if not address:
        return Message("its address is not known: the proxy does not report whom it called for")
    try:
        if any(ip_address(address) in network for network in networks(certs)):
            return None
    except ValueError as problem:
        return Message("address or customcerts/@network cannot be understood: {problem}", problem=str(problem))
    named = ", ".join(map(str, networks(certs)))
    return Message("it came from {address}, which is not in {networks} (@network)", address=address, networks=named)


def networks(certs: CustomCerts) -> list[IPv4Network | IPv6Network]:
    """Return the networks of `@network`/`@netmask`. Raises ValueError for what is none."""
    return [
        ip_network(f"{one}/{certs.netmask}" if certs.netmask and "/" not in one else one, strict=False)
        for one in certs.network
    ]
