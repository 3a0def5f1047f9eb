"""How far a device's certificate is, and what holds it up: from its report and the files that are there.

Times are Unix seconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from updateserver.base.message import Message
from updateserver.base.text import day
from updateserver.base.times import DAY
from updateserver.configuration.config import CustomCerts
from updateserver.device.stored import CertificateReport, ReportedCertificate, StoredFacts
from updateserver.poll.certificate import is_early
from updateserver.trust.proof import is_accepted


class Stage(StrEnum):
    """How far a device is; the value is how lists call it."""

    GOOD = "good"
    UNKNOWN = "no report yet"  # the device has not answered the query `certificates`
    TO_COME = "request due"
    MAKING = "generating request"
    FETCHING = "request pending"
    WAITING = "waiting for CA"
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
class EnrolmentRow:
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


@dataclass(frozen=True, slots=True)
class Files:
    """What is there of an enrolment; times of change, None where there is no such file."""

    requested: int | None = None
    signed: int | None = None
    rejected: int | None = None
    error: str = ""  # what the device says about its last upload
    faults: tuple[str, ...] = ()  # of the request
    conflicts: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()  # names in the request that somebody is to look at
    wrong: tuple[str, ...] = ()  # why the signed file is not what the request needs


def progress(stored: StoredFacts, files: Files, certs: CustomCerts, now: int, seen: int) -> Progress:
    """Return how far a device is; of several things that hold it up, the first one to be dealt with."""
    report = stored.report
    # The same order as in `poll/certificate.py`: lists must tell what the next poll is going to do.
    if report and report.has_error:
        if files.rejected is not None:
            return Progress(
                Stage.REJECTED, (Message("the device will remove its request and the error"),), files.rejected
            )
        said = files.error or Message("the device could not use what it got")
        return Progress(Stage.ERROR, (said, *files.wrong, Message("rejecting the request has the device start again")))
    if files.requested is not None:
        return _of_request(files, seen)
    if files.rejected is not None:
        return Progress(Stage.REJECTED, (Message("the device will generate a new request"),), files.rejected)
    if files.conflicts:
        return Progress(Stage.CONFLICT, files.conflicts)
    if report is None:
        return Progress(Stage.UNKNOWN, (Message("it has not answered the query certificates yet"),))
    if report.is_busy:
        return Progress(Stage.MAKING, (Message("the device is generating its key and request"),))
    if early := next((one for one in report.certificates if is_early(one, now)), None):
        return _of_early(early)
    wrong = tuple(shortcomings(report, certs, now))
    if not wrong:
        return Progress(Stage.GOOD, () if report.certificates else (Message("it shows no certificate"),))
    return Progress(Stage.FETCHING if report.has_request else Stage.TO_COME, wrong)


def _of_early(certificate: ReportedCertificate) -> Progress:
    """Tell of a certificate that is not valid yet, or may not be: nothing is done about it, whatever else is wrong."""
    if certificate.not_before is None:
        name = certificate.subject_cn
        why = Message("it does not report from when its certificate {name!r} is valid, so it keeps that", name=name)
        return Progress(Stage.UNKNOWN, (why,))
    since = day(certificate.not_before)
    return Progress(Stage.GOOD, (Message("{name!r} is valid from {day} on", name=certificate.subject_cn, day=since),))


def _of_request(files: Files, seen: int) -> Progress:
    if files.wrong:
        return Progress(Stage.WRONG_FILE, files.wrong, files.signed)
    if files.signed is not None:
        why = Message("the device gets it at its next poll")
        # A device that is silent for longer than a day is not just between two polls.
        if seen < files.signed - DAY:
            why = Message("the device gets it at its next poll; it has not called since {day}", day=day(seen))
        return Progress(Stage.SIGNED, (why,), files.signed)
    if files.faults:
        return Progress(Stage.UNFIT, files.faults, files.requested)
    if files.conflicts:
        return Progress(Stage.CONFLICT, files.conflicts, files.requested)
    if files.unproven:
        return Progress(Stage.WAITING, (Message("an admin is to check the request"), *files.unproven), files.requested)
    return Progress(Stage.WAITING, (Message("the request fits and is to be signed"),), files.requested)


def shortcomings(report: CertificateReport, certs: CustomCerts, now: int) -> Iterator[Message]:
    """Yield why the device's certificates need to be replaced."""
    for certificate in report.certificates:
        if not is_accepted(certificate.issuer_cn, certs.CAname):
            issuer = certificate.issuer_cn
            yield Message("issued by {issuer!r}, which is not in customcerts/@CAname", issuer=issuer)
        end = certificate.not_after if certificate.not_after is not None else now
        if end < now:
            yield Message("expired on {day}", day=day(end))
        elif certs.renew and end - certs.renew * DAY < now:
            yield Message("ends on {day} and is to be renewed", day=day(end))


def own_certificate(shown: Sequence[ReportedCertificate], names: Sequence[str]) -> ReportedCertificate | None:
    """Return the device's own one of a chain in any order: the one that bears its name, or signed no other."""
    # Devices show the whole chain in any order, and do not say which one is their own.
    issuers = {one.issuer_cn for one in shown if one.issuer_cn != one.subject_cn}
    by_name = [one for one in shown if one.subject_cn in names]
    leaves = [one for one in shown if one.subject_cn not in issuers]
    return next(iter([*by_name, *leaves, *shown]), None)
