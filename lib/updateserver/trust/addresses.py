"""Where a call came from: addresses as they are written, and what reverse proxies say about calls that they pass on.

Whoever calls can send the headers of proxies, and proxies append to them. So only what named proxies (`times/@proxies`)
wrote themselves counts, and that is what stands last.
"""

import re
from collections.abc import Iterator, Sequence
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
    # RFC 7239, 6: "[2001:db8::1]:4711", also with an obfuscated port such as :_x.
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
    # RFC 4291, 2.5.4: a host chooses the lower 64 bits as it likes, so counting addresses would count nothing.
    return str(IPv6Network((int(found) >> 64 << 64, 64)))


class Named(NamedTuple):
    """The reverse proxies that `times/@proxies` names."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    faults: tuple[str, ...] = ()  # entries that cannot be understood: they name nobody

    def includes(self, address: str) -> bool:
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


class ProxyHeaders(NamedTuple):
    """The headers as they came, several of one name joined by commas; "" where there is none."""

    x_for: str = ""  # X-Forwarded-For
    x_proto: str = ""
    x_port: str = ""
    forwarded: str = ""  # Forwarded, RFC 7239

    @property
    def name_a_caller(self) -> bool:
        """Tell whether somebody says to call for somebody else."""
        return bool(self.x_for or self.forwarded)


class CallOrigin(NamedTuple):
    """Whom a call is judged by."""

    address: str  # where it came from, as far as that is certain
    is_hidden: bool = False  # the address is only a proxy's, which does not tell whom it calls for
    unnamed_proxy: str = ""  # who passed it on without being named
    https: bool | None = None  # how the caller called a named proxy; None: none tells
    port: str = ""  # and at which port


def origin(connection: str, headers: ProxyHeaders, proxies: tuple[str, ...]) -> CallOrigin:
    """Return whom a call over a connection from this address is judged by."""
    known = named(proxies)
    # Whoever calls may write these headers himself: the reference believes the first entry of anybody
    # (docs/differences.md, 35).
    if not known.includes(connection):
        is_forwarded = any(headers)
        # Where an entry cannot be understood, this may be the proxy that it was to name.
        return CallOrigin(connection, is_forwarded and bool(known.faults), connection if is_forwarded else "")
    https = _https(headers, known)
    return CallOrigin(*_caller(connection, headers, known), "", https, _last(headers.x_port))


def _caller(connection: str, headers: ProxyHeaders, known: Named) -> tuple[str, bool]:
    lists = []
    if headers.x_for:
        lists.append(headers.x_for.split(","))
    if headers.forwarded:
        lists.append([element.get("for", "") for element in _elements(headers.forwarded)])
    found = {_walked(connection, entries, known) for entries in lists}
    # A proxy writes one of the two and passes on the other, so the caller may have written that: they must agree.
    return found.pop() if len(found) == 1 else (connection, True)


def _walked(connection: str, entries: Sequence[str], known: Named) -> tuple[str, bool]:
    """Return the last entry that is no named proxy; without one, what the nearest proxy says, and that it is hidden."""
    certain = connection
    # Each proxy appends whom it was called by, so what stands last is the only one that nobody but a named proxy wrote.
    for entry in reversed(entries):
        address = plain(entry)
        if not address:
            break
        if not known.includes(address):
            return address, False
        certain = address if certain == connection else certain
    return certain, True


def _https(headers: ProxyHeaders, known: Named) -> bool | None:
    said = {
        scheme.lower() == "https" for scheme in (_last(headers.x_proto), _scheme(headers.forwarded, known)) if scheme
    }
    return all(said) if said else None  # where they differ, one of them may be the caller's own word


def _scheme(forwarded: str, known: Named) -> str:
    """Return by which scheme the outermost named proxy was called."""
    scheme = ""
    for element in reversed(list(_elements(forwarded))):
        scheme = element.get("proto", "")
        address = plain(element.get("for", ""))
        if not address or not known.includes(address):
            break
    return scheme


def _elements(forwarded: str) -> Iterator[dict[str, str]]:
    """Yield what each proxy wrote, the nearest one last.

    Commas and semicolons part whatever the quotes say, lest a caller's open quote hides what the proxy wrote behind it.
    """
    for element in forwarded.split(","):
        pairs = [part.partition("=") for part in element.split(";")]
        names = [name.strip().lower() for name, _, _ in pairs]
        values = [value.strip().strip('"') for _, _, value in pairs]
        # RFC 7239, 4: each parameter at most once. Of two `for` one is the caller's, and nobody knows which.
        yield {} if len(set(names)) < len(names) else dict(zip(names, values, strict=True))


def _last(text: str) -> str:
    return text.rpartition(",")[2].strip()
