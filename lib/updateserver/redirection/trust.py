"""The trust value of a project: the server certificate that devices are to trust, and the properties to report.

`308205...` is the certificate (DER, in hexadecimal digits), as devices show it in `vars create X509/TRUSTED/nnnnn pb`.
Properties stand before it, separated by commas, and end with a colon:
`type,ip:308205...`, `*:308205...`, or `*:` alone.
"""

import re
from functools import lru_cache
from typing import NamedTuple

PROPERTIES = (
    "mac",
    "boot",
    "hwid",
    "type",
    "prj-id",
    "prj-name",
    "prj-comment",
    "prj-trust",
    "cust-name",
    "cust-id",
    "ip",
    "prj-urlroot",
    "redirected",
)
# A DER certificate is a SEQUENCE, tag 30. It goes into a line of a script, so nothing but digits may be in it.
_CERTIFICATE = re.compile(r"(?:30[0-9A-Fa-f]{2})(?:[0-9A-Fa-f]{2})+", re.ASCII)
_LONGEST = 16_000  # digits: certificates have one or two thousand bytes


class Trust(NamedTuple):
    """A trust value."""

    properties: tuple[str, ...] = ()  # in the order of `PROPERTIES`
    certificate: str = ""  # "" where devices know the server's certificate already


@lru_cache(maxsize=64)
def trust_of(text: str) -> Trust:
    """Read a trust value. Raises ValueError, which tells what is wrong."""
    before, colon, behind = text.partition(":")
    certificate = "".join((behind if colon else before).split())
    if certificate and (len(certificate) > _LONGEST or not _CERTIFICATE.fullmatch(certificate)):
        raise ValueError(
            f"trust {certificate!r:.60} is no certificate in hexadecimal digits, which begins with 30:"
            " updateserver redirect trust makes it"
        )
    names = [name.strip().lower() for name in before.split(",") if name.strip()] if colon else []
    if wrong := [name for name in names if name != "*" and name not in PROPERTIES]:
        raise ValueError(f"trust {', '.join(wrong)!r:.100} is no property: there are * and {', '.join(PROPERTIES)}")
    return Trust(tuple(name for name in PROPERTIES if name in names or "*" in names), certificate.lower())
