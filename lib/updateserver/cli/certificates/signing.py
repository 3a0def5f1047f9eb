"""`certificates sign` and `certificates explain`: our own CA's signature, by hand and by policy."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from updateserver.base.text import day
from updateserver.certificates.io import local_ca
from updateserver.certificates.io.journal import Journal
from updateserver.certificates.io.local_ca import CaUnusable
from updateserver.certificates.io.overview import serials
from updateserver.certificates.io.signing import NotSigned
from updateserver.certificates.io.signing import sign as sign_request
from updateserver.certificates.policy import SigningCase, objections
from updateserver.cli.certificates.common import (
    WithCertificates,
    passphrase,
    passphrase_options,
    root_option,
    several_sns,
)
from updateserver.configuration.config import CustomCerts


@click.command()
@root_option
@several_sns
@click.option(
    "--all-that-fit",
    is_flag=True,
    help="Sign every request that fits, that nobody contests, and that names nothing unproven.",
)
@click.option(
    "--despite-conflict",
    is_flag=True,
    help="Sign although somebody else claims to be the device. Compare the key's fingerprint with the device's first.",
)
@click.option("--server-auth", is_flag=True, help="Make it good for the device's own pages, too (serverAuth).")
@passphrase_options
def sign(  # noqa: PLR0913 -- one for each option
    root: Path,
    sn: tuple[str, ...],
    passphrase_file: Path | None,
    passphrase_env: str | None,
    *,
    all_that_fit: bool,
    despite_conflict: bool,
    server_auth: bool,
) -> None:
    r"""Sign requests with this installation's own CA (CAtype="local"); the devices get the certificates as they poll.

    A request that does not fit is never signed: `certificates reject` has the device make another one.

    \b
      updateserver certificates sign 00-90-33-30-00-af
      updateserver certificates sign --all-that-fit
    """
    if bool(sn) == all_that_fit:
        raise click.UsageError("Name devices, or say --all-that-fit.")
    opened, now = WithCertificates(root), int(time.time())
    try:
        ca = local_ca.load(root, now, passphrase(passphrase_file, passphrase_env))
    except CaUnusable as problem:
        raise click.ClickException(str(problem)) from problem
    failed = False
    if all_that_fit:
        _tell_left_out(opened, now)
    for one in sn or _fitting(opened, now):
        try:
            enrolment = opened.enrolment(one)
            facts = sign_request(enrolment, ca, now, despite_conflict=despite_conflict, server_auth=server_auth)
            click.echo(f"{one}: signed, good until {day(facts.not_after)}")
        except NotSigned as refused:
            failed = True
            click.echo("\n".join((f"{one}: not signed", *(f"  {reason}" for reason in refused.reasons))), err=True)
    sys.exit(1 if failed else 0)


def _fitting(opened: WithCertificates, now: int) -> Iterator[str]:
    """Yield the devices whose request fits and is not signed yet."""
    for sn in serials(opened.installation, opened.config):
        enrolment = opened.enrolment(sn)
        review = enrolment.review(now)
        if review and review.fits and enrolment.read(enrolment.files.signed) is None:
            yield sn


def _tell_left_out(opened: WithCertificates, now: int) -> None:
    """Tell which requests wait for an admin who looks at their names: those are to be signed one by one."""
    for sn in serials(opened.installation, opened.config):
        enrolment = opened.enrolment(sn)
        review = enrolment.review(now)
        if review and review.case.unproven and not review.faults and enrolment.read(enrolment.files.signed) is None:
            click.echo("\n".join((f"{sn}: left to you", *(f"  {reason}" for reason in review.case.unproven))), err=True)


@click.command()
@root_option
@several_sns
def explain(root: Path, sn: tuple[str, ...]) -> None:
    r"""Tell what the policy would have done with each request in the journal, by the configuration as it is now.

    So you can try customcerts/@auto-sign-off, @network, @netmask and @knowndays before you turn the first one on.
    """
    opened = WithCertificates(root)
    certs, folder = opened.config.customcerts, root / opened.config.customcerts.dir
    is_on = "on" if certs.auto_sign_off and certs.is_local else "off"
    click.echo(f"The policy is {is_on}. What it would do with each request that came:")
    count = 0
    for entry in Journal(folder).entries():
        if entry.get("deed") == "request" and (not sn or entry.get("sn") in sn):
            count += 1
            click.echo("\n".join(_explained(entry, certs)))
    click.echo(f"{count} requests")


def _explained(entry: dict[str, Any], certs: CustomCerts) -> Iterator[str]:
    head = f"{day(entry['time'])} {entry['sn']}"
    try:
        case = SigningCase(**_frozen(entry["case"]))
    except (KeyError, TypeError, AttributeError):
        yield f"{head}: this line of the journal cannot be read"
        return
    reasons = list(objections(case, certs, if_on=True))
    if not reasons:
        proved = f"CN={case.verified}, verified" if case.verified else f"{case.address}, known {case.days_known} days"
        yield f"{head}: would be signed ({proved})"
        return
    yield f"{head}: would be left to an admin"
    yield from (f"  {reason}" for reason in reasons)


def _frozen(plain: dict[str, Any]) -> dict[str, Any]:
    """Return what JSON made lists of as the tuples that they were."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
