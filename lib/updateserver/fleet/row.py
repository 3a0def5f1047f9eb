"""A device's state as a line of the overview."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from updateserver.base.message import Message, recognized
from updateserver.base.text import shown
from updateserver.base.times import AHEAD, LAST_TIME
from updateserver.configuration.config import Config
from updateserver.device.certificate_files import CertificateFiles
from updateserver.device.stored import CertificateReport, ReportedCertificate, StoredDevice
from updateserver.fleet.rows import CertificateSigns, DeviceRow, Glance, ShownAnswer
from updateserver.poll.certificate import is_settled
from updateserver.poll.membership import INVALID_ENVIRONMENT, INVALID_PHASE, phase_of

UNREADABLE = "the state file cannot be read"
UPLOAD_FAILED = Message(
    "a signed certificate could not be installed: remove the request and X509/REQUESTERROR on the device"
)
_COMPLAINTS = (f"{INVALID_PHASE}: ", f"{INVALID_ENVIRONMENT}: ")
_LATEST = LAST_TIME - 1  # Unix seconds
_MOST = 40  # classes or environments of one device


def row_of(  # noqa: PLR0913 - one row
    config: Config,
    sn: str,
    state: etree._Element | None,
    now: int,
    *,
    answers: tuple[ShownAnswer, ...] = (),
    files: CertificateSigns = CertificateSigns(),  # noqa: B008 - frozen
) -> DeviceRow:
    """Return what a device's state says; None stands for a state that cannot be read."""
    if state is None:
        return DeviceRow(sn, Glance.ERROR, UNREADABLE, files=files)
    known = StoredDevice(state)
    device = known.device
    report = known.report or CertificateReport()
    first = _ends_first(report.certificates)
    firmware, bootcode = attributes_of(state, "firmware"), attributes_of(state, "bootcode")
    seen = number(state.get("seen"))
    phase = shown(device.get("phase"))
    trouble = _lasting_trouble(state, report) or _undefined(config, phase)
    earliest, latest = seen_lately(config, now)
    is_missing = not earliest <= seen <= latest
    return DeviceRow(
        sn=sn,
        glance=_glance(config, state, phase, is_missing=is_missing, has_trouble=bool(trouble)),
        trouble=trouble,
        type=shown(device.get("type"), 64),
        name=shown(known.name),
        hwid=shown(device.get("hwid"), 64),
        other_hwid=shown(device.get("otherhwid"), 64),
        reported_ip=shown(device.get("realip"), 64),
        seen_ip=shown(device.get("ip"), 64),
        proxy=shown(device.get("proxy"), 64) if device.get("rp") == "true" else "",
        rp=device.get("rp") == "true",
        seen=seen,
        is_missing=is_missing,
        last_backup=number(device.get("backup")),
        firmware=shown(firmware.get("build"), 64),
        firmware_wanted=shown(firmware.get("requested"), 64),
        bootcode=shown(bootcode.get("build"), 64),
        bootcode_wanted=shown(bootcode.get("requested"), 64),
        certstat=shown(device.get("certstat"), 500),
        certificate_end=_within_calendar(first.not_after) if first else None,
        certificate_issuer=shown(first.issuer_cn) if first else "",
        upload_failed=report.has_error,
        phase=phase,
        classes=_items(device.get("classes")),
        environments=_items(device.get("environments")),
        has_scripts=state.find("config") is not None,
        shown=answers,
        files=files,
    )


def certificate_signs(folder: Path | None, sn: str) -> CertificateSigns:
    """Return which files of a device's enrolment are there."""
    if folder is None:
        return CertificateSigns()
    names = CertificateFiles(sn)

    def there(name: str) -> str:
        return name if (folder / name).is_file() else ""

    return CertificateSigns(
        request=there(names.request),
        request_pem=there(names.request_pem),
        signed=there(names.signed),
        key=there(names.key),
        error=there(names.error),
    )


@dataclass(frozen=True, slots=True)
class Signs:
    """What of a device's glance does not depend on the configuration or the time."""

    has_trouble: bool
    is_updating: bool
    is_waiting: bool


def signs_of(state: etree._Element | None) -> Signs:
    """Return the signs in a state; None stands for a state that cannot be read."""
    if state is None:
        return Signs(has_trouble=True, is_updating=False, is_waiting=False)
    report = StoredDevice(state).report or CertificateReport()
    return Signs(bool(_lasting_trouble(state, report)), is_updating(state), is_waiting(state))


def is_updating(state: etree._Element) -> bool:
    """Tell whether the last poll told the device to load something that it does not run."""
    polls = [number(ruler.get("time")) for ruler in state.iterfind("msgs") if not ruler.get("msg")]
    last_poll = polls[-1] if polls else 0  # in the order of the log: a clock may have been set back
    return any(
        number(one.get("requested-at")) >= last_poll and one.get("requested") not in (None, one.get("build"))
        for one in (attributes_of(state, "firmware"), attributes_of(state, "bootcode"))
    )


def is_waiting(state: etree._Element) -> bool:
    """Tell whether the device's certificate is not what it should be."""
    status = attributes_of(state, "device").get("certstat", "")
    return not is_settled(status)


def _glance(config: Config, state: etree._Element, phase: str, *, is_missing: bool, has_trouble: bool) -> Glance:
    # The index asks the same in SQL (`fleet/io/query.py`); which comes first is the order of `Glance` for both.
    is_true = {
        Glance.MISSING: is_missing,
        Glance.ERROR: has_trouble,
        Glance.UPDATING: is_updating(state),
        Glance.CERTIFICATE: is_waiting(state),
        Glance.STAGING: bool(phase) and phase != config.phases[-1].id,
        Glance.SEEN: True,
    }
    return next(glance for glance in Glance if is_true[glance])


def seen_lately(config: Config, now: int) -> tuple[int, int]:
    """Return the first and last time of a last call with which a device does not count as missing."""
    return now - config.status.missing, now + AHEAD


def _lasting_trouble(state: etree._Element, report: CertificateReport) -> str:
    return UPLOAD_FAILED if report.has_error else _complaint(state)


def _complaint(state: etree._Element) -> str:
    """Return why the last call could not be served, as its log says."""
    # Up to the last ruler: what an earlier call complained about may be over.
    for message in reversed(state.findall("msgs")):
        text = message.get("msg", "")
        if not text:
            break
        if text.startswith(_COMPLAINTS):
            return recognized(shown(text), ("invalid phase: {name}", "invalid environment: {name}"))
    return ""


def _undefined(config: Config, phase: str) -> str:
    if not phase or phase_of(config, phase):
        return ""
    return Message("phase {phase!r} is no longer defined", phase=phase)


def _ends_first(certificates: tuple[ReportedCertificate, ...]) -> ReportedCertificate | None:
    known = [one for one in certificates if one.not_after is not None]
    return min(known, key=lambda one: one.not_after or 0, default=certificates[0] if certificates else None)


def attributes_of(state: etree._Element, name: str) -> dict[str, str]:
    """Return the attributes of a child of a state; none where there is no such child."""
    element = state.find(name)
    return {} if element is None else {str(key): str(value) for key, value in element.attrib.items()}


def _items(text: str | None) -> tuple[str, ...]:
    return tuple(_split(text or ""))[:_MOST]


def _split(text: str) -> Iterator[str]:
    for item in text[:4000].split(","):
        if item.strip():
            yield shown(item.strip(), 64)


def number(text: str | None) -> int:
    """Return a number of a state file, 0 for what is none, or no time of our calendar."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(_LATEST)):
        return 0
    return int(text) if int(text) <= _LATEST else 0


def _within_calendar(time: int | None) -> int | None:
    return None if time is None else min(max(time, 0), _LATEST)
