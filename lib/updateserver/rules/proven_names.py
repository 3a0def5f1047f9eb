"""Which alternative names of a request are known to be the device's own, so that they need no admin's look.

Those are: its serial number and its hardware id, as DNS names in a domain that the configuration names, and the address
that the request came from. What a device says of itself could be anybody's name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from updateserver.model.certificate import AlternativeNames
from updateserver.model.names import bare, is_serial
from updateserver.rules.csr import META_WORD


@dataclass(frozen=True, slots=True)
class Proven:
    """What is bound to a device: `hwid` is "" where it may be another one's, `address` where it is not known."""

    sn: str
    hwid: str
    address: str


def unproven_names(found: AlternativeNames, csr: Mapping[str, str], proven: Proven) -> Iterator[str]:
    """Yield which names of a request somebody is to look at, and why."""
    own = {name.lower() for text in _templates(csr) if (name := _filled(text, proven))}
    for name in found.dns:
        if name.lower() not in own:
            yield f"the DNS name {name!r} is not known to be the device's: only {{sn}} and {{hwid}} are"
    for address in found.ips:
        if not _is_same(address, proven.address):
            yield f"the address {address!r} is not the one that the request came from ({proven.address or 'unknown'})"
    for name in found.others:
        yield f"the name {name!r} is not known to be the device's"


def waiting_attributes(csr: Mapping[str, str]) -> Iterator[str]:
    """Yield the attributes that have every request wait for somebody who looks at its names."""
    for name, text in csr.items():
        known = {"sn", "hwid"} if name.startswith("san-dns") else {"ip"}
        words = META_WORD.findall(text)
        if name.startswith("san-") and text and not (words and known.issuperset(words)):
            yield f"CSR{name}"


def _templates(csr: Mapping[str, str]) -> Iterator[str]:
    return (text for name, text in csr.items() if name.startswith("san-dns"))


def _filled(text: str, proven: Proven) -> str:
    """Return a name that is made of what is bound to the device and what the admin wrote, "" for any other."""
    known = {"sn": bare(proven.sn) if is_serial(proven.sn) else "", "hwid": proven.hwid}
    words = META_WORD.findall(text)
    if not words or not all(known.get(word) for word in words):
        return ""
    return META_WORD.sub(lambda match: known[match[1]], text)


def _is_same(address: str, other: str) -> bool:
    try:
        return ip_address(address) == ip_address(other)
    except ValueError:
        return False
