"""Where a device's certificate stands, for lists and pages. Times are Unix seconds."""

from dataclasses import dataclass
from enum import StrEnum

from updateserver.model.device import ReportedCertificate


class Stage(StrEnum):
    """How far a device is; the value is how lists call it."""

    GOOD = "good"
    UNKNOWN = "not told"  # the device has not answered the query `certificates`
    TO_COME = "to be requested"
    MAKING = "makes request"
    FETCHING = "request to come"
    WAITING = "waits for CA"
    UNFIT = "does not fit"
    CONFLICT = "conflict"
    SIGNED = "signed"
    WRONG_FILE = "wrong file"
    REJECTED = "rejected"
    ERROR = "error"

    @property
    def is_stuck(self) -> bool:
        """Whether it goes on only if an admin does something."""
        return self in (Stage.WAITING, Stage.UNFIT, Stage.CONFLICT, Stage.WRONG_FILE, Stage.ERROR)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a device is, since when, and what is to be said about it."""

    stage: Stage
    why: tuple[str, ...] = ()
    since: int | None = None


@dataclass(frozen=True, slots=True)
class RollOutRow:
    """One device's certificate."""

    sn: str
    progress: Progress
    type: str = ""
    name: str = ""
    hwid: str = ""
    seen: int = 0
    subject: str = ""
    issuer: str = ""
    ends: int | None = None  # the earliest end in its chain
    renews: int | None = None  # when a new one will be requested, where that is in the future
    shown: tuple[ReportedCertificate, ...] = ()  # the whole chain
