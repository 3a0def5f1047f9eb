"""Provisioning codes: short numbers that somebody types on a device, which say where it goes."""

import re
from dataclasses import dataclass

from updateserver.redirection.registry import Assignment

DIGITS = 8
LONGEST = 90 * 24  # hours that a code may be good
USUAL = 24
_CODE = re.compile(rf"\d{{{DIGITS}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ProvisioningCode:
    """A code, and what becomes of the device on which it is typed."""

    code: str
    project: int
    environments: tuple[str, ...] = ()
    name: str = ""
    until: int = 0  # Unix seconds
    mac: str = ""  # of the device that used it; "": none yet

    @property
    def shown(self) -> str:
        """The code as people read it: 1234 5678."""
        return f"{self.code[:4]} {self.code[4:]}"

    @property
    def plain(self) -> dict[str, object]:
        """The code as JSON has it."""
        return {
            "code": self.code,
            "project": self.project,
            "env": list(self.environments),
            "name": self.name,
            "until": self.until,
            "used-by": self.mac,
        }

    def assignment(self, mac: str) -> Assignment:
        """Return where a device goes on which it is typed."""
        return Assignment(mac, self.project, self.environments, self.name)


def code_in(typed: str) -> str:
    """Return the code that was typed, "" if it can be none; blanks, dashes and the # at the end do not matter."""
    text = re.sub(r"[\s#-]", "", typed)
    return text if _CODE.fullmatch(text) else ""
