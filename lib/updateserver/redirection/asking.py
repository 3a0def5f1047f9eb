"""What a device says when it asks where its update server is. All of it may be hostile: what is kept here is harmless.

Values that cannot be what they are said to be are "", as those that were not given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from updateserver.base.names import canonical, is_safe, is_serial
from updateserver.poll.firmware import builds_of
from updateserver.redirection.builds import is_build

# By any of these a device has been told before what to call with; the update client appends others by itself.
_IDENTIFYING = ("mac", "hwid", "type", "firm", "boot", "localip")
IDENTIFICATION = "mac=#m&hwid=#h&type=#t&localip=#i"
"""What the device's URL is rewritten with; it fills in the values. Its builds are in `ver`, which it appends itself."""

_SOFTWARE = frozenset({"swphone", "mypbxa", "mypbxi"})
_HARDWARE = re.compile(r"Hardware\[(\d{1,10})\]\s*", re.ASCII)
_SECONDS = re.compile(r"\d{1,11}", re.ASCII)
_LONGEST_VERSION = 200  # characters
_LONGEST_CODE = 64


@dataclass(frozen=True, slots=True)
class Asking:
    """One call of a device."""

    is_identified: bool  # it calls with the arguments that it was told
    mac: str = ""  # serial number in its canonical form, 00-90-33-30-00-af
    hwid: str = ""  # IP232-30-00-af
    type: str = ""  # IP232
    firmware: str = ""  # build, 13A127
    bootcode: str = ""
    hardware: str = ""  # the model's number, 501
    localip: str = ""
    code: str = ""  # what the user typed as provisioning code
    first_call: int | None = None  # Unix seconds, as this server wrote them into the URL
    address: str = ""  # where the call came from

    @property
    def is_software(self) -> bool:
        """Tell whether a program calls: it has no boot code, and no certificate of the factory."""
        return self.type.lower() in _SOFTWARE

    def build(self, kind: str) -> str:
        """Return the running build of the firmware or the boot code; programs have no boot code."""
        if kind == "firmware":
            return self.firmware
        return "" if self.is_software else self.bootcode


def asking_of(args: Mapping[str, str], address: str) -> Asking:
    """Return what a call with these arguments of the query string asks."""
    # The update client appends `ver` by itself, so builds do not depend on what the URL was rewritten with.
    version = args.get("ver", "")[:_LONGEST_VERSION]
    firmware, bootcode = _running(version)
    hardware = _HARDWARE.search(version)
    first_call = args.get("nostdprv", "")
    return Asking(
        is_identified=any(name in args for name in _IDENTIFYING),
        mac=_serial(args.get("mac", "")),
        hwid=_name(args.get("hwid", "")),
        type=_name(args.get("type", "")),
        firmware=_build(args.get("firm", "")) or firmware,
        bootcode=_build(args.get("boot", "")) or bootcode,
        hardware=hardware[1] if hardware else "",
        localip=_address(args.get("localip", "")),
        code=args.get("provisioning-code", "").strip()[:_LONGEST_CODE],
        first_call=int(first_call) if _SECONDS.fullmatch(first_call) else None,
        address=address,
    )


def _serial(text: str) -> str:
    number = canonical(text.strip()) if len(text) < 64 else ""  # noqa: PLR2004 - canonical() remembers what it is asked
    return number if is_serial(number) else ""


def _name(text: str) -> str:
    return text if is_safe(text) else ""


def _build(text: str) -> str:
    return text if is_build(text) else ""


def _running(version: str) -> tuple[str, str]:
    try:
        found = builds_of(version)
    except ValueError:
        return "", ""
    return _build(found.firmware), _build(found.bootcode)


def _address(text: str) -> str:
    try:
        return str(ip_address(text)) if "%" not in text else ""
    except ValueError:
        return ""
