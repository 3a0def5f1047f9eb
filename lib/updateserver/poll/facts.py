"""What the rules may ask the world, reading only, and only when they need to know.

A known device's poll, with all that decides what it gets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from updateserver.configuration.config import Applies, Config, Phase
from updateserver.device.request import Poll
from updateserver.device.stored import StoredFacts
from updateserver.poll.membership import applies_to
from updateserver.trust.call import Call, ProvenIdentity

_WHITE_SPACE = b" \t\n\r\0\x0b"  # what PHP's trim takes off


@dataclass(frozen=True, slots=True)
class SnippetFile:
    """A snippet file that can be read; `name` as configured: scripts/update-all-all.txt."""

    name: str
    version: int  # time of its last change, Unix seconds
    content: bytes
    signed: bytes  # what of its content counts for the signature, see `signed_part`
    touched: int  # when that time was set, or anything else of the file changed: nobody can set this one


def signed_part(content: bytes) -> bytes:
    """Return all lines of a snippet, stripped of white space, one after the other; a line ends at LF."""
    return b"".join(line.strip(_WHITE_SPACE) for line in content.split(b"\n"))


@dataclass(frozen=True, slots=True)
class Builds:
    """Builds that the reference device runs."""

    firmware: str
    bootcode: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What came of asking for the reference device's builds, and how they were got, for the admin."""

    builds: Builds | None
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomScript:
    """What the site's own scripting code adds; `error` tells why there is nothing of it."""

    pre: tuple[str, ...] = ()
    post: tuple[str, ...] = ()
    send_standard: bool = True
    error: str = ""


class PollFacts(Protocol):
    """The world as one poll sees it."""

    @property
    def now(self) -> int:
        """The time of this call, Unix seconds."""

    @property
    def stored(self) -> StoredFacts:
        """What is stored about the calling device."""

    @property
    def identity(self) -> ProvenIdentity | None:
        """The verified certificate that the calling device has shown at some time."""

    def holder(self, name: str) -> str | None:
        """Return the serial number of the device that holds a hardware id, None if nobody does."""

    def snippets(self, names: Sequence[str]) -> Mapping[str, SnippetFile]:
        """Return those of the named snippet files that there are, by name."""

    def reference(self) -> Reference:
        """Return the reference device's builds."""

    def certificate_file(self, name: str) -> bytes | None:
        """Return a file of the certificate folder."""

    def has_certificate_file(self, name: str) -> bool:
        """Tell whether there is such a file in the certificate folder."""

    def ca_files(self) -> Sequence[tuple[str, bytes]]:
        """Return the CA's certificate files, sorted by name."""

    def reverse_name(self, address: str) -> str:
        """Return the DNS name of an IP address, or the address itself."""

    def custom_script(self) -> CustomScript:
        """Return what the site's own scripting code wants to send to the device."""


class PollContext(NamedTuple):
    """One poll of one device, whose place among phases, classes and environments is known."""

    config: Config
    call: Call
    poll: Poll
    facts: PollFacts
    phase: Phase
    following: Phase | None  # the next phase; None in the last one
    classes: tuple[str, ...]
    environments: tuple[str, ...]

    def meets(self, condition: Applies) -> bool:
        """Tell whether the device meets one `<applies>`."""
        return applies_to(condition, self.classes, self.environments)
