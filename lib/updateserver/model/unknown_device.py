"""A device that is not known yet and waits for an admin, or that an admin refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnknownDevice:
    """What it said of itself, and when; times are Unix seconds."""

    sn: str
    type: str
    hwid: str
    address: str  # of its last call, as decisions go by it
    since: int
    last: int
    refused: int = 0  # when an admin refused it; 0: it waits
