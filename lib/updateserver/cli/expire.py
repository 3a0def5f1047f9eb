"""`updateserver expire`: forget devices that have not called for a long time."""

import sys
import time
from pathlib import Path

import click

from updateserver.base.times import DAY
from updateserver.cli.options import root_option
from updateserver.configuration.config import Config
from updateserver.device.clean_up import Overdue
from updateserver.device.io import expiry
from updateserver.poll.io.installation import Installation

_HELD = 3  # exit code


@click.command()
@click.option("--yes", is_flag=True, help="Forget them even if they are more than a tenth of all.")
@root_option
def expire(root: Path, *, yes: bool) -> None:
    """Remove the state of each device that has not called for status/@expire seconds.

    The server does this by itself once an hour; this command does it now. Backups and certificate files stay. What a
    killed server left half-written is removed as well, and it is measured how much room states and backups take
    (status/@maxtotal, backup/@maxtotal).

    If more than ten devices and more than a tenth of all would be forgotten, the clock is probably wrong: then the
    server leaves them and says so (check-config, page Configuration), and this command asks; where nobody can answer,
    it removes nothing and ends with exit code 3, unless --yes is given. The same holds if so many states are dated in
    the future; otherwise those are dated today.
    """
    installation = Installation(root)
    config = installation.config()
    if leftovers := expiry.clean(root, config):
        click.echo(f"{leftovers} half-written files removed that a killed server left.")
    folder = installation.status_folder(config)
    if not folder or config.status.expire <= 0:
        expiry.release_clean_up(root)
        click.echo("Nothing to do: states are not kept (status/@dir) or never expire (status/@expire).")
        is_held = False
    else:
        is_held = not _forgotten(installation, config, folder, yes=yes)
    for tag, total in expiry.measure(root, config, installation.locks).items():
        click.echo(f"{total} bytes are taken by {tag}/@dir.")
    if is_held:
        sys.exit(_HELD)


def _forgotten(installation: Installation, config: Config, folder: Path, *, yes: bool) -> bool:
    """Forget the devices that did not call; return whether that was done, and does not wait for an admin."""
    overdue = expiry.states(folder, config.status.expire).overdue
    if overdue.is_odd and not yes and not _wanted(installation.root, overdue, config.status.expire):
        return False
    count = expiry.forget(folder, installation.locks, config.status.expire, lambda sn: click.echo(f"forgotten: {sn}"))
    expiry.release_clean_up(installation.root)
    click.echo(f"{count} devices forgotten that have not called for {config.status.expire} seconds.")
    return True


def _wanted(root: Path, overdue: Overdue, seconds: int) -> bool:
    """Ask an admin; keep that it waits."""
    expiry.hold_back(root, overdue)
    click.echo(
        f"{overdue.old} of {overdue.states} devices have not called for {seconds} seconds ({seconds // DAY} days), "
        f"{overdue.ahead} have a state that is dated in the future. "
        f"Is the clock right? It says {time.strftime('%Y-%m-%d %H:%M:%S %Z')}.",
        err=True,
    )
    if sys.stdin.isatty() and click.confirm(f"Forget {overdue.old} devices?", err=True):
        return True
    click.echo("Nothing is removed: if that is right, run updateserver expire --yes.", err=True)
    return False
