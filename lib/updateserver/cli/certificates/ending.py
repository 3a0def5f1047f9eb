"""`certificates reject` and `certificates release`: begin anew."""

import time
from pathlib import Path

import click

from updateserver.certificates.io.ending import reject as reject_request
from updateserver.certificates.io.ending import release as release_device
from updateserver.certificates.io.overview import serials
from updateserver.cli.certificates.common import WithCertificates, root_option, several_sns


@click.command()
@root_option
@several_sns
@click.option("--reason", default="", help="Why, for the journal.")
def reject(root: Path, sn: tuple[str, ...], reason: str) -> None:
    r"""Remove requests, here and on the devices, so that these make new ones at their next polls.

    The error of an upload that a device could not use is cleared as well.

    \b
      updateserver certificates reject 00-90-33-30-00-af --reason "renamed"
    """
    if not sn:
        raise click.UsageError("Name devices.")
    opened, now = WithCertificates(root), int(time.time())
    for one in sn:
        was_there = reject_request(opened.enrolment(one), now, reason=reason)
        removed = "request removed" if was_there else "there was no request here"
        click.echo(f"{one}: {removed}; the device makes a new one if it needs a certificate")


@click.command()
@root_option
@several_sns
@click.option("--all", "everybody", is_flag=True, help="All devices. Asks first, unless --yes is given.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def release(root: Path, sn: tuple[str, ...], *, everybody: bool, yes: bool) -> None:
    r"""Forget which certificate devices have shown and were given, after a factory reset, a swap, or an expiry.

    Until then, nobody who cannot show that certificate gets anything of such a device, or can send anything for it.
    After that, the next one to call is believed as a new device is.

    \b
      updateserver certificates release 00-90-33-30-00-af 00-90-33-30-00-b0
      updateserver certificates release --all
    """
    if bool(sn) == everybody:
        raise click.UsageError("Name devices, or say --all.")
    opened = WithCertificates(root)
    chosen = sn or tuple(_known_devices(opened))
    if everybody and not yes:
        click.confirm(f"Release all {len(chosen)} devices?", abort=True)
    for one in chosen:
        forgotten = release_device(opened.enrolment(one))
        click.echo(f"{one}: " + ("; ".join(f"forgotten that {what}" for what in forgotten) or "nothing to forget"))


def _known_devices(opened: WithCertificates) -> list[str]:
    """Return the devices of which something could be forgotten."""
    shown = opened.installation.identities(opened.config).all()
    return sorted({*shown, *serials(opened.installation, opened.config)})
