"""The command that has a device make a key and a signing request."""

import re
from collections.abc import Mapping

from updateserver.rules.text import dns_label, encoded, latin1
from updateserver.rules.visit import Visit

# option of the command: attributes customcerts/@CSR..., in the order in which devices expect them
_OPTIONS = (
    ("key", "key"),
    ("signature", "signature"),
    ("dn-cn", "dn-cn"),
    ("dn-ou", "dn-ou"),
    ("dn-o", "dn-o"),
    ("dn-l", "dn-l"),
    ("dn-st", "dn-st"),
    ("dn-c", "dn-c"),
    ("san-dns", "san-dns-1"),
    ("san-dns", "san-dns-2"),
    ("san-dns", "san-dns-3"),
    ("san-ip", "san-ip-1"),
    ("san-ip", "san-ip-2"),
)
_META_WORD = re.compile(r"\{(\w+)\}")
_MOBILE = ("mypbxa", "mypbxi")


def request_command(visit: Visit) -> str:
    """Return the command with the requested names, meta words replaced."""
    words = _Words(visit)
    kind = "Signing+request" if visit.poll.type.lower() in _MOBILE else "Signing%20request"
    options = " ".join(f"/{option} {encoded(words.filled(attribute))}" for option, attribute in _OPTIONS)
    return f"mod cmd X509 servercert-create /cmd servercert-create /redirect /target device /type {kind}  {options}"


class _Words:
    """What the meta words stand for; each is looked up only where it is used."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.device: Mapping[str, str] = visit.world.known.device

    def filled(self, attribute: str) -> str:
        """Return the value of a CSR attribute; "" where one of its meta words is not known."""
        text = self.visit.config.customcerts.csr.get(attribute, "")
        words = {name: self.word(name) for name in _META_WORD.findall(text)}
        if any(value is None for value in words.values()):
            return ""
        return _META_WORD.sub(lambda match: words[match[1]] or "", latin1(text))

    def word(self, name: str) -> str | None:
        """Return what a meta word stands for, None if that is not known."""
        call, poll, known = self.visit.call, self.visit.poll, self.visit.world.known
        match name:
            case "ip":
                return call.peer
            case "proxy":
                return call.proxy or ""
            case "sn":
                return poll.sn.replace("-", "")
            case "realip" | "hwid":
                return self.device.get(name)
            case "name":
                return dns_label(known.name) if known.name else None
            case "rdns":
                address = self.device.get("realip")
                return address and self.visit.world.reverse_name(address)
            case _:
                return None
