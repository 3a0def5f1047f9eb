"""Distinguished names, whichever way a web server writes them, and whether they hold what `@CAsubject` asks for.

`/C=DE/O=x/CN=y` (Apache of old), `CN=y,O=x,C=DE` (RFC 4514: Apache, nginx), `C = DE, O = x, CN = y` (OpenSSL:
lighttpd). Names are compared as attributes, never as one server's spelling.
"""

import re

from updateserver.trust import certificate

_SLASHES = re.compile(r"/(?=[A-Za-z][A-Za-z0-9.]*=)")
_COMMAS = re.compile(r"(?<!\\)[,+;]\s*(?=[A-Za-z0-9.]+\s*=)")
_ESCAPED = re.compile(r"\\([0-9A-Fa-f]{2})|\\(.)")

Attribute = tuple[str, str]


def parsed(text: str) -> tuple[Attribute, ...]:
    """Return the attributes of a DN as (type in upper case, value), sorted; () for text that is no DN."""
    parts = _SLASHES.split(text)[1:] if text.startswith("/") else _COMMAS.split(text)
    attributes = [part.partition("=") for part in parts]
    if not attributes or any(not equals for _, equals, _ in attributes):
        return ()
    return tuple(sorted((kind.strip().upper(), _plain(value.strip())) for kind, _, value in attributes))


def known_as(text: str) -> str:
    """Return the name by which `customcerts/@CAname` lists the authority of this DN."""
    return certificate.known_as(parsed(text))


def _plain(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]

    def character(match: re.Match[str]) -> str:
        return match[2] or bytes.fromhex(match[1]).decode("latin-1")

    return _ESCAPED.sub(character, value)


Name = tuple[tuple[str, str], ...]


def subject_fits(required: str, subject: str | Name) -> bool:
    """Tell whether a subject holds each required attribute: `C=DE,O=innovaphone`, in any order, in any spelling of DNs.

    Text that is required but cannot be read as attributes fits nobody.
    """
    if not required.strip():
        return True
    wanted = parsed(required.strip())
    held = parsed(subject) if isinstance(subject, str) else tuple((kind.upper(), value) for kind, value in subject)
    return bool(wanted) and all(attribute in held for attribute in wanted)
