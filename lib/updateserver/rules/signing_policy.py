"""Whether `customcerts/@auto-sign-off` signs a request without an admin.

It does if the request fits, names nothing but what is known of the device, nobody else claims to be it, and the device
either proved by certificate who it is, or calls from `@network`/`@netmask` and is known for `@knowndays` days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from updateserver.model.configuration import CustomCerts
from updateserver.rules.text import day

_DAY = 86400


@dataclass(frozen=True, slots=True)
class Case:
    """All that the policy goes by; the journal keeps it."""

    faults: tuple[str, ...]
    conflicts: tuple[str, ...]
    address: str  # that the request came from, "" if that is not certain
    days_known: int
    verified: str = ""  # the name that the caller proved by certificate
    renews_until: int = 0  # end of a certificate for another key that the device has, 0 none
    unproven: tuple[str, ...] = ()  # what it names that only the device itself says


def objections(case: Case, certs: CustomCerts, *, if_on: bool = False) -> Iterator[str]:
    """Yield why the policy leaves a request to an admin; `if_on` asks what it would do if it was turned on."""
    if not certs.is_local:
        yield "no own CA signs: customcerts/@CAtype is not local"
    if not certs.auto_sign_off and not if_on:
        yield "customcerts/@auto-sign-off is not true"
    yield from case.faults
    yield from case.conflicts
    yield from case.unproven
    if case.verified:
        return
    if case.renews_until:
        yield f"it renews a certificate that ends on {day(case.renews_until)}, but came without showing that"
    if problem := _outside(case.address, certs):
        yield problem
    if case.days_known < certs.knowndays:
        yield f"the device is known for {case.days_known} days, at least {certs.knowndays} are needed (@knowndays)"


def _outside(address: str, certs: CustomCerts) -> str | None:
    if not certs.network:
        return "it came without a certificate, and customcerts/@network names no network to be believed"
    if not address:
        return "address or customcerts/@network cannot be understood: the proxy does not tell whom it called for"
    try:
        if any(ip_address(address) in network for network in networks(certs)):
            return None
    except ValueError as problem:
        return f"address or customcerts/@network cannot be understood: {problem}"
    return f"it came from {address}, which is not in {', '.join(map(str, networks(certs)))} (@network)"


def networks(certs: CustomCerts) -> list[IPv4Network | IPv6Network]:
    """Return the networks of `@network`/`@netmask`. Raises ValueError for what is none."""
    return [
        ip_network(f"{one}/{certs.netmask}" if certs.netmask and "/" not in one else one, strict=False)
        for one in certs.network
    ]
