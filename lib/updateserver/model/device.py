"""What is known of a device from earlier calls, as far as the rules ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ReportedCertificate:
    """A certificate as the device's answer to the query `certificates` shows it.

    Times are Unix seconds, None where they cannot be read.
    """

    subject_cn: str
    issuer_cn: str
    not_before: int | None
    not_after: int | None


@dataclass(frozen=True, slots=True)
class CertificateReport:
    """The device's last answer to the query `certificates`."""

    certificates: tuple[ReportedCertificate, ...] = ()
    has_request: bool = False
    is_busy: bool = False
    has_error: bool = False


class Known(Protocol):
    """A device's stored state, read before this call changed anything."""

    @property
    def skip_next(self) -> int | None:
        """Since when the next poll is only to ask, Unix seconds; None where it is not."""

    @property
    def device(self) -> Mapping[str, str]:
        """Attributes of the element device."""

    @property
    def name(self) -> str | None:
        """The name set in General/Admin, from the query `admin`."""

    @property
    def report(self) -> CertificateReport | None:
        """The last answer to the query `certificates`."""
