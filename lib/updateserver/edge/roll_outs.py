"""The certificates of all devices: those that have a state, and those of which only certificate files are left."""

from collections.abc import Iterator
from dataclasses import replace

from updateserver.edge import disk_trouble
from updateserver.edge.ca_files import CaFiles
from updateserver.edge.certificate_reader import read_certificate
from updateserver.edge.certificate_upload import WrongFile, certificates_in
from updateserver.edge.roll_out import Review, RollOut
from updateserver.edge.site import Site
from updateserver.model.certificate_files import CertificateFiles
from updateserver.model.configuration import Config
from updateserver.model.names import bare, is_safe
from updateserver.model.roll_out import Progress, RollOutRow, Stage
from updateserver.rules.roll_out_progress import Files, own_certificate, progress
from updateserver.rules.signed_certificate import Offer, refusals

_DAY = 86400


def serials(site: Site, config: Config) -> list[str]:
    """Return the serial numbers of all devices of which something is known."""
    found: set[str] = set()
    if states := site.status_folder(config):
        found |= {path.stem for path in states.glob("*.xml")}
    folder = site.certificate_folder(config)
    for ending in (CertificateFiles("").request, CertificateFiles("").conflict, CertificateFiles("").issued):
        found |= {path.name.removesuffix(ending) for path in folder.glob(f"*{ending}")} if folder else set()
    return sorted(sn for sn in found if is_safe(sn))


def rows(site: Site, config: Config, now: int) -> Iterator[RollOutRow]:
    """Yield where the certificate of each device stands."""
    for sn in serials(site, config):
        yield row(RollOut(site, config, sn), now)


def row(roll_out: RollOut, now: int) -> RollOutRow:
    """Return where a device's certificate stands; that files cannot be read costs no other device its place."""
    try:
        return _row(roll_out, now)
    except OSError as error:
        return RollOutRow(roll_out.sn, Progress(Stage.ERROR, (disk_trouble.told(error),)))


def _row(roll_out: RollOut, now: int) -> RollOutRow:
    known, certs = roll_out.known, roll_out.config.customcerts
    device, seen = known.device, roll_out.seen
    found = RollOutRow(
        sn=roll_out.sn,
        progress=progress(known, _files(roll_out, now), certs, now, seen),
        type=device.get("type", ""),
        name=known.name or "",
        hwid=roll_out.hwid,
        seen=seen,
    )
    shown = known.report.certificates if known.report else ()
    own = own_certificate(shown, (roll_out.hwid, bare(roll_out.sn)))
    if own is None:
        return found
    ends = min((one.not_after for one in shown if one.not_after is not None), default=None)
    is_good = found.progress.stage is Stage.GOOD  # any other is replaced anyway
    renews = ends - certs.renew * _DAY if ends is not None and is_good else None
    return replace(found, subject=own.subject_cn, issuer=own.issuer_cn, ends=ends, renews=renews, shown=shown)


def _files(roll_out: RollOut, now: int) -> Files:
    files, review = roll_out.files, roll_out.review(now)
    error = (roll_out.read(files.error) or b"").decode("utf-8", "replace")
    conflict = roll_out.conflict
    return Files(
        requested=roll_out.changed(files.request),
        signed=roll_out.changed(files.signed),
        rejected=roll_out.changed(files.rejected),
        error=" ".join(error.split())[:300],
        faults=review.faults if review else (),
        conflicts=review.conflicts if review else ((conflict.why,) if conflict else ()),
        unproven=review.case.unproven if review else (),
        wrong=_wrong(roll_out, review, now) if review else (),
    )


def _wrong(roll_out: RollOut, review: Review, now: int) -> tuple[str, ...]:
    """Return why the signed file that is there, put there by hand perhaps, is not what the request needs."""
    content, certs = roll_out.read(roll_out.files.signed), roll_out.config.customcerts
    if content is None or review.request is None:
        return ()
    try:
        certificate = certificates_in(content)[0]  # the device gets the first one
        facts = read_certificate(certificate)
    except (WrongFile, ValueError) as error:
        return (str(error),)
    ca_files = CaFiles(roll_out.site.root, certs)
    offer = Offer(facts, ca_files.signers(certificate), review.request, roll_out.sn, roll_out.hwid)
    return tuple(refusals(offer, ca_files.files, certs, now))
