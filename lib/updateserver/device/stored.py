"""What is known of a device from earlier calls, as far as the rules ask for it.

A device's state as the rules want to know it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from lxml import etree

from updateserver.configuration.values import leading_number


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


class StoredFacts(Protocol):
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


_GERMAN_DATE = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})(?:[- ](\d\d?):(\d\d):(\d\d))?", re.ASCII)


class StoredDevice:
    """What a state says, looked up when it is asked for: most polls ask for little of it."""

    def __init__(self, state: etree._Element) -> None:
        self._state = state

    @property
    def skip_next(self) -> int | None:
        """Since when the next poll is only to ask, Unix seconds; None where it is not."""
        since = self._state.get("skipnext")
        # As PHP's (int) reads it, whatever stands there: the mark counts, its time is only told.
        return None if since is None else leading_number(since)

    @property
    def device(self) -> dict[str, str]:
        """Attributes of the element device."""
        device = child(self._state, "device")
        return {} if device is None else {str(name): str(value) for name, value in device.attrib.items()}

    @property
    def name(self) -> str | None:
        """The name set in General/Admin, from the query `admin`."""
        admin = self._state.find("queries/admin/info")
        return None if admin is None else admin.get("name")

    @property
    def report(self) -> CertificateReport | None:
        """The last answer to the query `certificates`."""
        queries = child(self._state, "queries")
        certificates = None if queries is None else child(queries, "certificates")
        return None if certificates is None else _report(child(certificates, "info"))


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first child of this name; `find` takes three times as long."""
    return next(element.iterchildren(name), None)


def _report(info: etree._Element | None) -> CertificateReport:
    if info is None:
        return CertificateReport()
    return CertificateReport(
        certificates=tuple(_certificate(one) for one in info.iterfind("servercert/certificate")),
        has_request=info.find("requests/request") is not None,
        is_busy=info.find("busy") is not None,
        # Shown by the device after an upload of a certificate that did not fit its key.
        has_error=info.find("request-error") is not None,
    )


def _certificate(element: etree._Element) -> ReportedCertificate:
    return ReportedCertificate(
        subject_cn=element.get("subject_cn", ""),
        issuer_cn=element.get("issuer_cn", ""),
        not_before=unix_time(element.get("not_before", "")),
        not_after=unix_time(element.get("not_after", "")),
    )


def unix_time(text: str) -> int | None:
    """Return the Unix seconds of a date, written 31.12.2049-23:59:59 (UTC) or as in ISO 8601; None if it is none."""
    text = text.strip()
    try:
        if match := _GERMAN_DATE.fullmatch(text):
            day, month, year, hour, minute, second = map(int, match.groups("0"))
            # Devices write dates without a zone, in UTC.
            moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
