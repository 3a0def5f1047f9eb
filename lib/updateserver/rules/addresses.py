"""Addresses as callers, proxies and the configuration write them, and which of them are named reverse proxies."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

_BRACKETED = re.compile(r"\[([^\[\]]*)\](?::(?:\d{1,5}|_[\w.-]+))?", re.ASCII)
_WITH_PORT = re.compile(r"([\d.]+):(?:\d{1,5}|_[\w.-]+)", re.ASCII)
_MAPPED = IPv6Network("::ffff:0:0/96")
_LONGEST = 64  # characters of an address with brackets and port


def plain(text: str) -> str:
    """Return an address in its one spelling, without port, brackets, quotes and `::ffff:`; "" for what is none."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if len(text) > _LONGEST or "%" in text:  # a zone of another host, which could hold any characters
        return ""
    if inner := _BRACKETED.fullmatch(text):
        text = inner[1] if ":" in inner[1] else ""
    elif inner := _WITH_PORT.fullmatch(text):
        text = inner[1]
    try:
        return str(_unmapped(ip_address(text)))
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def limit_key(address: str) -> str:
    """Return what calls from an address are counted by: IPv4 by address, IPv6 by /64, which one caller has whole."""
    try:
        found = _unmapped(ip_address(address))
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(IPv6Network((int(found) >> 64 << 64, 64)))


class Named(NamedTuple):
    """The reverse proxies that `times/@proxies` names."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    faults: tuple[str, ...] = ()  # entries that cannot be understood: they name nobody

    def hold(self, address: str) -> bool:
        """Tell whether one of them has this address."""
        try:
            found = _unmapped(ip_address(address))
        except ValueError:
            return False
        return any(found in network for network in self.networks)


@lru_cache(maxsize=8)
def named(proxies: tuple[str, ...]) -> Named:
    """Return whom these entries name."""
    networks, faults = [], []
    for entry in proxies:
        try:
            networks.append(network(entry))
        except ValueError:
            faults.append(entry)
    return Named(tuple(networks), tuple(faults))


def network(text: str) -> IPv4Network | IPv6Network:
    """Return a network of the configuration; a mapped IPv4 network is one of IPv4. Raises ValueError."""
    found = ip_network(text, strict=False)
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):
        return IPv4Network((int(found.network_address) & 0xFFFFFFFF, found.prefixlen - 96))
    return found


def overlap(one: Sequence[IPv4Network | IPv6Network], other: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Tell whether two lists of networks share an address."""
    return any(mine.version == theirs.version and mine.overlaps(theirs) for mine in one for theirs in other)


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
