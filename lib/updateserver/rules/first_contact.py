"""What a new device needs to find this server (docs/admin.md)."""

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
