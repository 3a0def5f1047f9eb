"""What one poll was: the record that a device hands out after it."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from updateserver.virtual.network import HttpCall
from updateserver.virtual.script import effective_lines


@dataclass(slots=True)
class PollRecord:
    """One poll of one device.

    `executed` are the effective lines that ran, the one that stopped the script among them. `stopped` says what that
    was ("" if the script ran to its end): `times`, `check`, `reset`, or why there was none. `changed` names what is
    different afterwards: `url`, `configuration`, `variables`, `firmware`, `loaded`, `certificate`, `provision`,
    `uploads` (something was sent that the server had not been told before), `reset`.
    """

    url: str
    status: int = 0
    body: bytes = b""
    executed: list[str] = field(default_factory=list)
    stopped: str = ""
    errors: list[str] = field(default_factory=list)
    calls: list[HttpCall] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    poll_again: bool = False  # at once, since the URL is another one now
    seconds: float = 0.0

    @property
    def script(self) -> str:
        """The script as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def effective(self) -> list[str]:
        """The script's effective lines, executed or not."""
        return effective_lines(self.body) if self.status == 200 else []  # noqa: PLR2004 -- RFC 9110

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of the poll's URL."""
        parsed = parse_qs(urlsplit(self.url).query, keep_blank_values=True)
        return {name: values[-1] for name, values in parsed.items()}

    @property
    def uploads(self) -> list[HttpCall]:
        """The calls of this poll that sent something."""
        return [call for call in self.calls if call.method != "GET"]

    @property
    def loads(self) -> list[HttpCall]:
        """The calls of this poll that asked for firmware or boot code."""
        return [call for call in self.calls[1:] if call.method == "GET"]
