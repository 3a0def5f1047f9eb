"""What is known of a device from earlier calls, as far as the rules ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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


@dataclass(frozen=True, slots=True)
class Known:
    """A device's stored state, read before this call changed anything."""

    skip_next: bool = False
    device: Mapping[str, str] = field(default_factory=dict)  # attributes of the element device
    name: str | None = None  # as set in General/Admin, from the query `admin`
    report: CertificateReport | None = None
