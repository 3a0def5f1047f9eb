"""The fleet as admins look at it: rows of the overview, counts for its charts, and all that is known of one device.

Text that devices sent was shortened and has no control characters; it is escaped by whoever writes it into a page.
Times are Unix seconds; 0 stands for never, None for not known.
"""

from dataclasses import dataclass
from enum import StrEnum

from updateserver.backups.numbering import BackupFile
from updateserver.trust.call import ProvenIdentity


class Glance(StrEnum):
    """A device's state at a glance; of several the first one that is true."""

    MISSING = "missing"
    ERROR = "error"
    UPDATING = "updating"  # it was told to load firmware or boot code, and does not run it yet
    CERTIFICATE = "certificate"  # waiting for a certificate
    STAGING = "staging"  # in a phase that is not the last one
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """A query's answer as the configuration has it shown: `values` are pairs of title and value."""

    query: str
    title: str
    seen: int
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CertificateSigns:
    """Which files of its enrolment are there, by name; "" where there is none."""

    request: str = ""  # DER
    request_pem: str = ""
    signed: str = ""
    key: str = ""
    error: str = ""

    @property
    def present(self) -> tuple[str, ...]:
        """Return the names of all that are there."""
        return tuple(name for name in (self.request, self.request_pem, self.signed, self.key, self.error) if name)

    @property
    def waits_for_signature(self) -> bool:
        """Tell whether there is a request that nobody has signed."""
        return bool(self.request) and not self.signed

    @property
    def waits_for_device(self) -> bool:
        """Tell whether there is a signed certificate that the device has not fetched."""
        return bool(self.signed)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One line of the overview."""

    sn: str
    glance: Glance
    trouble: str = ""  # what is wrong, in one sentence, where the glance is an error
    type: str = ""
    name: str = ""
    hwid: str = ""
    other_hwid: str = ""  # that called with the same serial number before
    reported_ip: str = ""  # what the device says
    seen_ip: str = ""  # where its calls come from
    proxy: str = ""
    rp: bool = False  # it calls through a reverse proxy
    seen: int = 0
    is_missing: bool = False
    last_backup: int = 0
    firmware: str = ""
    firmware_wanted: str = ""  # the build it was told to load last; "" never
    bootcode: str = ""
    bootcode_wanted: str = ""
    certstat: str = ""
    certificate_end: int | None = None  # of the certificate that ends first
    certificate_issuer: str = ""
    upload_failed: bool = False  # a signed certificate could not be installed on the device
    phase: str = ""
    classes: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    has_scripts: bool = False  # something was delivered
    shown: tuple[ShownAnswer, ...] = ()  # in pages of rows, and in facts
    files: CertificateSigns = CertificateSigns()  # likewise

    @property
    def is_proxied(self) -> bool:
        """Tell whether to say "via": the calls come from another address than the device's own."""
        return bool(self.proxy) or (bool(self.seen_ip) and self.seen_ip != self.reported_ip)


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """Some rows of a list."""

    rows: tuple[DeviceRow, ...]
    matching: int  # devices that match the filter
    total: int  # devices
    offset: int
    limit: int
    now: int  # what ages are counted from
    pending: int = 0  # state files that were not read yet, while the index is being built


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bar of a chart; `filter` is what to add to the filter to see these devices."""

    key: str
    count: int
    filter: str


@dataclass(frozen=True, slots=True)
class Charts:
    """Counts of the devices that match a filter; buckets that hold none are there all the same, but for builds."""

    firmware: tuple[Bucket, ...]  # most frequent first; key: the build, "" not known, "*" all the rarer ones
    seen: tuple[Bucket, ...]  # keys: hour, day, week, older
    certificates: tuple[Bucket, ...]  # keys: expired, month, quarter, later, unknown
    states: tuple[Bucket, ...]  # keys: the values of Glance


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A message of a device's log; a ruler begins a call and has no message."""

    time: int
    message: str

    @property
    def is_ruler(self) -> bool:
        """Tell whether this begins a call."""
        return not self.message


@dataclass(frozen=True, slots=True)
class DeliveredSnippet:
    """A snippet that a device received."""

    filename: str  # as configured: scripts/update-all-all.txt
    delivered: int
    version: int  # time of change that the file had then
    changed: int | None  # time of change that the file has now; None if there is no such file any more


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a device answered to a query, as indented XML."""

    query: str
    title: str
    seen: int
    xml: str


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """All that is known of one device."""

    row: DeviceRow
    now: int
    log: tuple[LogEntry, ...]  # oldest first
    delivered: tuple[DeliveredSnippet, ...]
    answers: tuple[StoredAnswer, ...]
    backups: tuple[BackupFile, ...]  # newest first
    identity: ProvenIdentity | None  # the certificate that it has shown
    next_phase: str  # recorded by its last poll; "" in the last one
    xml: str  # the whole state, indented
