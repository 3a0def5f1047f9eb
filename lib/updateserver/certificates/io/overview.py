"""The certificates of all devices: those that have a state, and those of which only certificate files are left."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar, cast

from lxml import etree

from updateserver.base.io import files
from updateserver.base.message import Message
from updateserver.base.names import bare, is_safe
from updateserver.base.times import DAY
from updateserver.certificates.io.ca_files import CaFiles
from updateserver.certificates.io.enrolment import Enrolment, Review
from updateserver.certificates.progress import EnrolmentRow, Files, Progress, Stage, own_certificate, progress
from updateserver.certificates.reader import read_certificate
from updateserver.certificates.signed import OfferedCertificate, refusals
from updateserver.certificates.uploaded_file import WrongFile, certificates_in
from updateserver.configuration.config import Config
from updateserver.device.certificate_files import CertificateFiles
from updateserver.poll.io.installation import Installation
from updateserver.trust.call import ProvenIdentity
from updateserver.trust.certificate import Certificate

_T = TypeVar("_T")


class EnrolmentView(Enrolment):
    """An enrolment to be looked at only: each file is read once, however many questions it answers.

    `state` is the device's, where it was read already.
    """

    def __init__(
        self, installation: Installation, config: Config, sn: str, state: etree._Element | None = None
    ) -> None:
        super().__init__(installation, config, sn)
        self._answered: dict[tuple[object, ...], object] = {}
        if state is not None:
            self._state = state

    def _once(self, question: Callable[..., _T], *asked: object) -> _T:
        key = (question.__name__, *asked)
        if key not in self._answered:
            self._answered[key] = question(*asked)
        return cast("_T", self._answered[key])

    def read(self, name: str) -> bytes | None:
        """Return one of its files."""
        return self._once(super().read, name)

    def certificate(self, name: str) -> Certificate | None:
        """Return what a certificate file says, None if there is none or it cannot be read."""
        return self._once(super().certificate, name)

    def proved(self, sn: str) -> ProvenIdentity | None:
        """Return the verified certificate that a device has shown, None if it never showed one."""
        return self._once(super().proved, sn)

    def holder(self, name: str) -> str | None:
        """Return the serial number of the device that holds a hardware id, None if nobody does."""
        return self._once(super().holder, name)

    def review(self, now: int) -> Review | None:
        """Judge the request that is there; None if there is none."""
        return self._once(super().review, now)


def serials(installation: Installation, config: Config) -> list[str]:
    """Return the serial numbers of all devices of which something is known."""
    found: set[str] = set()
    if states := installation.status_folder(config):
        found |= {path.stem for path in states.glob("*.xml")}
    folder = installation.certificate_folder(config)
    for ending in (CertificateFiles("").request, CertificateFiles("").conflict, CertificateFiles("").issued):
        found |= {path.name.removesuffix(ending) for path in folder.glob(f"*{ending}")} if folder else set()
    return sorted(sn for sn in found if is_safe(sn))


def rows(installation: Installation, config: Config, now: int) -> Iterator[EnrolmentRow]:
    """Yield where the certificate of each device stands."""
    for sn in serials(installation, config):
        yield row(EnrolmentView(installation, config, sn), now)


def row(enrolment: Enrolment, now: int) -> EnrolmentRow:
    """Return where a device's certificate stands; that files cannot be read costs no other device its place."""
    try:
        return _row(enrolment, now)
    except OSError as error:
        return EnrolmentRow(enrolment.sn, Progress(Stage.ERROR, (files.trouble(error),)))


def _row(enrolment: Enrolment, now: int) -> EnrolmentRow:
    stored, certs = enrolment.stored, enrolment.config.customcerts
    device, seen = stored.device, enrolment.seen
    found = EnrolmentRow(
        sn=enrolment.sn,
        progress=progress(stored, _files(enrolment, now), certs, now, seen),
        type=device.get("type", ""),
        name=stored.name or "",
        hwid=enrolment.hwid,
        seen=seen,
    )
    shown = stored.report.certificates if stored.report else ()
    own = own_certificate(shown, (enrolment.hwid, bare(enrolment.sn)))
    if own is None:
        return found
    ends = min((one.not_after for one in shown if one.not_after is not None), default=None)
    is_good = found.progress.stage is Stage.GOOD  # any other is replaced anyway
    renews = ends - certs.renew * DAY if ends is not None and is_good else None
    return replace(found, subject=own.subject_cn, issuer=own.issuer_cn, ends=ends, renews=renews, shown=shown)


def _files(enrolment: Enrolment, now: int) -> Files:
    files, review = enrolment.files, enrolment.review(now)
    error = (enrolment.read(files.error) or b"").decode("utf-8", "replace")
    conflict = enrolment.conflict
    return Files(
        requested=enrolment.changed(files.request),
        signed=enrolment.changed(files.signed),
        rejected=enrolment.changed(files.rejected),
        error=" ".join(error.split())[:300],
        faults=review.faults if review else (),
        conflicts=review.conflicts if review else ((Message(conflict.why),) if conflict else ()),
        unproven=review.case.unproven if review else (),
        wrong=_wrong(enrolment, review, now) if review else (),
    )


def _wrong(enrolment: Enrolment, review: Review, now: int) -> tuple[str, ...]:
    """Return why the signed file that is there, put there by hand perhaps, is not what the request needs."""
    content, certs = enrolment.read(enrolment.files.signed), enrolment.config.customcerts
    if content is None or review.request is None:
        return ()
    try:
        certificate = certificates_in(content)[0]  # the device gets the first one
        facts = read_certificate(certificate)
    except (WrongFile, ValueError) as error:
        return (error.why,) if isinstance(error, WrongFile) else (" ".join(str(error).split()),)
    ca_files = CaFiles(enrolment.installation.root, certs)
    offer = OfferedCertificate(facts, ca_files.signers(certificate), review.request, enrolment.sn, enrolment.hwid)
    return tuple(refusals(offer, ca_files.files, certs, now))
