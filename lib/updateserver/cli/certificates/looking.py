"""`certificates list` and `certificates show`: where the devices' certificates stand."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.table import Table

from updateserver.base.text import day
from updateserver.base.times import DAY
from updateserver.certificates.io.enrolment import Enrolment, Review
from updateserver.certificates.io.overview import row, rows
from updateserver.certificates.progress import EnrolmentRow, Stage
from updateserver.cli.certificates.common import WithCertificates, one_sn, root_option
from updateserver.cli.fleet_report import report_console
from updateserver.trust.certificate import Certificate, SigningRequest, written


@click.command("list")
@root_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array for programs.")
@click.option("--expiring", type=click.IntRange(0), metavar="DAYS", help="Only those that end within so many days.")
@click.option("--stuck", is_flag=True, help="Only those that wait for an admin.")
def list_all(root: Path, expiring: int | None, *, as_json: bool, stuck: bool) -> None:
    r"""List the certificate of each device: who issued it, when it ends and is renewed, what holds it up.

    \b
      updateserver certificates list
      updateserver certificates list --expiring 30
      updateserver certificates list --stuck --json | jq -r '.[].sn'
    """
    opened, now = WithCertificates(root), int(time.time())
    found = [
        one
        for one in rows(opened.installation, opened.config, now)
        if (expiring is None or (one.ends is not None and one.ends <= now + expiring * DAY))
        and (not stuck or one.progress.stage.is_stuck)
    ]
    if as_json:
        click.echo(json.dumps([_plain(one) for one in found], indent=1, ensure_ascii=False))
        return
    table = Table("serial number", "device", "certificate", "issued by", "ends", "renewed from", "state", box=None)
    for one in found:
        table.add_row(*_cells(one))
    report_console().print(table)
    stuck_ones = sum(one.progress.stage.is_stuck for one in found)
    click.echo(f"{len(found)} devices, {stuck_ones} of them wait for an admin")


def _cells(one: EnrolmentRow) -> tuple[str, ...]:
    since = f" since {day(one.progress.since)}" if one.progress.since else ""
    why = "".join(f"\n{reason}" for reason in one.progress.why if one.progress.stage is not Stage.GOOD)
    return (
        one.sn,
        " ".join(filter(None, (one.type, one.name))),
        one.subject,
        one.issuer,
        _day(one.ends),
        _day(one.renews),
        f"{one.progress.stage}{since}{why}",
    )


def _day(moment: int | None) -> str:
    return "" if moment is None else day(moment)


def _minute(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")


def _plain(one: EnrolmentRow) -> dict[str, object]:
    plain = asdict(one)
    plain["state"] = one.progress.stage.value
    plain["since"], plain["why"] = one.progress.since, list(one.progress.why)
    plain["is_stuck"] = one.progress.stage.is_stuck
    del plain["progress"]
    return plain


@click.command()
@root_option
@one_sn
def show(root: Path, sn: str) -> None:
    r"""Show all about one device's certificate: what it shows, its request and what is wrong with it, its history.

    \b
      updateserver certificates show 00-90-33-30-00-af
    """
    opened, now = WithCertificates(root), int(time.time())
    enrolment = opened.enrolment(sn)
    one, review = row(enrolment, now), enrolment.review(now)
    lines = [f"{sn} {one.hwid} {one.name}".rstrip(), *_progress_lines(one)]
    lines += [
        f"  shows {shown.subject_cn!r} by {shown.issuer_cn!r}, until {_day(shown.not_after)}" for shown in one.shown
    ]
    if identity := opened.installation.identities(opened.config).shown(sn):
        lines.append(f"  proved to be CN={identity.cn} (by {identity.issuer}) on {day(identity.since)}")
    if review:
        lines += _review_lines(enrolment, review)
    if issued := enrolment.certificate(enrolment.files.issued):
        lines += _certificate_lines("was given last", issued)
    lines += _journal_lines(enrolment)
    click.echo("\n".join(lines))


def _progress_lines(one: EnrolmentRow) -> Iterator[str]:
    yield f"  state: {one.progress.stage}" + (f" since {day(one.progress.since)}" if one.progress.since else "")
    yield from (f"    {reason}" for reason in one.progress.why)


def _review_lines(enrolment: Enrolment, review: Review) -> Iterator[str]:
    if review.request:
        yield from _request_lines(review.request)
    if origin := enrolment.origin:
        proved = f"verified by certificate (CN={origin.verified})" if origin.verified else "unverified"
        yield f"    from {origin.address} on {day(origin.time)}: {proved}"
    yield from (f"    does not fit: {fault}" for fault in review.faults)
    yield from (f"    {conflict}" for conflict in review.conflicts)
    yield from (f"    to be looked at: {name}" for name in review.case.unproven)


def _request_lines(request: SigningRequest) -> Iterator[str]:
    yield f"  request: {written(request.subject)}"
    if request.names.all:
        yield f"    names: {', '.join(request.names.all)}"
    yield f"    key: {request.key}"


def _certificate_lines(title: str, certificate: Certificate) -> Iterator[str]:
    yield f"  {title}: {written(certificate.subject)} by {written(certificate.issuer)}"
    yield f"    serial {certificate.serial}, {day(certificate.not_before)} to {day(certificate.not_after)}"
    yield f"    key: {certificate.key}"


def _journal_lines(enrolment: Enrolment) -> Iterator[str]:
    entries = list(enrolment.journal.entries(enrolment.sn))
    if entries:
        yield "  journal:"
    for entry in entries:
        reasons = "; ".join(map(str, entry.get("reasons") or ()))
        yield f"    {_minute(entry['time'])} {entry['deed']} by {entry['by']}{': ' if reasons else ''}{reasons}"
