"""What a new device needs to find this server (docs/admin.md).

Moving a device's settings to other hardware: its own snippets get new names, its backup loses what was its own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote_plus

LONGEST_NAME = 32  # characters


@dataclass(frozen=True, slots=True)
class FirstContact:
    """The ways to tell a device; `base` is the URL of the installation, with a slash at its end."""

    base: str
    environments: tuple[str, ...]
    name: str

    @property
    def url(self) -> str:
        """Return the value of *Command File URL*."""
        return f"{self.base}update.php?env={quote_plus(','.join(self.environments))}"

    @property
    def commands(self) -> str:
        """Return the configuration to be uploaded."""
        lines = (
            "ser",  # some iOS versions garble the first line
            f"config add UP1 /url {self.url} /poll 1",
            f"config add CMD0 /name {quote_plus(self.name)}",
            "config write",
            "config activate",
            "mod cmd UP1 poll",
        )
        return "".join(f"{line}\r\n" for line in lines)

    @property
    def ios(self) -> str:
        """Return the link for myPBX on iOS."""
        return f"com.innovaphone.commands://{quote_plus(self.commands)}"

    @property
    def android(self) -> str:
        """Return the link for myPBX on Android."""
        return f"https://com.innovaphone.commands/{quote_plus(self.commands)}"


_LINE = re.compile(rb"[^\r\n]+")
# Certificates and keys, tickets, the update client's memory, and licences belong to one piece of hardware.
_OWN = (b"vars create X509/", b"vars create UPDATE/", b"vars create TLS0/", b"vars create CERT/", b"config add LIC",
        b"config change LIC", b"vars create LIC", b"vars create KEY/")  # fmt: skip


def environment_of(sn: str) -> str:
    """Return the part of a snippet's file name that stands for one device."""
    return sn.lower().replace("-", "_")


def renamed(names: Iterable[str], old: str, new: str) -> dict[str, str]:
    """Return the snippet files of a device, by name, with their names for another serial number."""
    ending, successor = f"-{environment_of(old)}.txt", f"-{environment_of(new)}.txt"
    return {name: name.removesuffix(ending) + successor for name in names if name.endswith(ending)}


def for_other_hardware(backup: bytes, sn: str, hwid: str) -> tuple[bytes, int]:
    """Return a backup without the lines that are the old device's own, and how many these are."""
    marks = {text.lower().encode() for text in (sn, sn.replace("-", ""), sn.replace("-", ":"), hwid) if text}
    lines = _LINE.findall(backup)
    kept = [line for line in lines if not _is_own(line, marks)]
    return b"".join(line + b"\r\n" for line in kept), len(lines) - len(kept)


def _is_own(line: bytes, marks: set[bytes]) -> bool:
    lower = line.lower()
    return line.startswith(_OWN) or any(mark in lower for mark in marks)
