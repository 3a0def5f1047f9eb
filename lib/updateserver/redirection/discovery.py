"""Devices that called: what is remembered of a call, and how it is told to programs.

What a device says of itself may be anything: it is kept as short text in which nothing can be mistaken for a command,
and whoever puts it into a page has to escape it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from updateserver.redirection.asking import Asking
from updateserver.redirection.verdict import Verdict

_LONGEST = 200  # characters of one thing that a device says
_CODE = "provisioning-code"
_TYPED = "(typed)"  # a code may still be good, so it is not shown to others
SAID = ("mac", "hwid", "firm", "boot", "type", _CODE, "localip", "nostdprv", "ver")
"""What a device says of itself, by the names of the arguments."""


@dataclass(frozen=True, slots=True)
class Called:
    """One call, or several alike one after another."""

    id: int
    mac: str  # canonical
    text: str  # what became of it, such as `grace period`
    time: int  # Unix seconds; of the last one
    customer: int  # 0: nobody's
    project: int
    ip: str  # where it came from
    localip: str
    attributes: str  # what the device said, as JSON

    @property
    def said(self) -> Mapping[str, str]:
        """What the device said, by name; "" for what it did not say."""
        try:
            plain = json.loads(self.attributes)
        except (ValueError, RecursionError):
            plain = {}
        found = plain if isinstance(plain, dict) else {}
        return {name: str(found.get(name, "")) for name in SAID}

    @property
    def plain(self) -> dict[str, object]:
        """The call as programs get it, in the shape that the vendor's service has."""
        return {
            "id": self.id,
            "mac": self.mac,
            "text": self.text,
            "time": self.time,
            "customerid": self.customer,
            "projectid": self.project,
            "ip": self.ip,
            # Names as in the vendor's JSON, so that programs written for it understand this one.
            "devattrs": {**self.said, "_allIPs": list(dict.fromkeys((self.ip, self.localip)))},
            "localip": self.localip,
        }


def called(asking: Asking, found: Verdict, args: Mapping[str, str], now: int) -> Called:
    """Return what is to be remembered of a call with these arguments."""
    said = {name: _shown(args.get(name, "")) for name in SAID}
    said |= {"firm": said["firm"] or asking.firmware, "boot": said["boot"] or asking.bootcode}
    said[_CODE] = _TYPED if said[_CODE] else ""
    project = found.project
    customer, number = (project.customer.id, project.id) if project else (0, 0)
    attributes = json.dumps(said, ensure_ascii=False)
    return Called(0, asking.mac, found.outcome.value, now, customer, number, asking.address, asking.localip, attributes)


def _shown(text: str) -> str:
    """Return text that any program can show: without control characters, and without bytes that are not UTF-8."""
    readable = text[:_LONGEST].encode("utf-8", "replace").decode()
    return readable if readable.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in readable)
