"""What reverse proxies say about the calls that they pass on: for whom, and by which scheme.

Whoever calls can send the same headers, and proxies append to them. So only what named proxies (`times/@proxies`) wrote
themselves counts, and that is what stands last.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from updateserver.rules.addresses import Named, named, plain


class Headers(NamedTuple):
    """The headers as they came, several of one name joined by commas; "" where there is none."""

    x_for: str = ""  # X-Forwarded-For
    x_proto: str = ""
    x_port: str = ""
    forwarded: str = ""  # Forwarded, RFC 7239

    @property
    def name_a_caller(self) -> bool:
        """Tell whether somebody says to call for somebody else."""
        return bool(self.x_for or self.forwarded)


class Origin(NamedTuple):
    """Whom a call is judged by."""

    address: str  # where it came from, as far as that is certain
    is_hidden: bool = False  # the address is only a proxy's, which does not tell whom it calls for
    unnamed_proxy: str = ""  # who passed it on without being named
    https: bool | None = None  # how the caller called a named proxy; None: none tells
    port: str = ""  # and at which port


def origin(connection: str, headers: Headers, proxies: tuple[str, ...]) -> Origin:
    """Return whom a call over a connection from this address is judged by."""
    known = named(proxies)
    if not known.hold(connection):
        is_forwarded = any(headers)
        # Where an entry cannot be understood, this may be the proxy that it was to name.
        return Origin(connection, is_forwarded and bool(known.faults), connection if is_forwarded else "")
    https = _https(headers, known)
    return Origin(*_caller(connection, headers, known), "", https, _last(headers.x_port))


def _caller(connection: str, headers: Headers, known: Named) -> tuple[str, bool]:
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
    for entry in reversed(entries):
        address = plain(entry)
        if not address:
            break
        if not known.hold(address):
            return address, False
        certain = address if certain == connection else certain
    return certain, True


def _https(headers: Headers, known: Named) -> bool | None:
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
        if not address or not known.hold(address):
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
        yield {} if len(set(names)) < len(names) else dict(zip(names, values, strict=True))


def _last(text: str) -> str:
    return text.rpartition(",")[2].strip()
