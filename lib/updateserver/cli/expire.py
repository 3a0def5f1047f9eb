"""`updateserver expire`: forget devices that have not called for long."""

from pathlib import Path

import click

from updateserver.cli.options import root_option
from updateserver.edge import expiry
from updateserver.edge.site import Site
from updateserver.model.configuration import Config


@click.command()
@root_option
def expire(root: Path) -> None:
    """Remove the state of each device that has not called for status/@expire seconds.

    The server does this by itself once an hour; this command does it now. Backups and certificate files stay. What a
    killed server left half-written is removed as well, and it is measured how much room states and backups take
    (status/@maxtotal, backup/@maxtotal).
    """
    site = Site(root)
    config = site.config()
    if leftovers := expiry.clean(root, config):
        click.echo(f"{leftovers} half-written files removed that a killed server left.")
    folder = site.status_folder(config)
    if not folder or config.status.expire <= 0:
        click.echo("Nothing to do: states are not kept (status/@dir) or never expire (status/@expire).")
    else:
        _forget(site, config, folder)
    for tag, total in expiry.measure(root, config, site.locks).items():
        click.echo(f"{total} bytes are taken by {tag}/@dir.")


def _forget(site: Site, config: Config, folder: Path) -> None:
    count = expiry.forget(folder, site.locks, config.status.expire, lambda sn: click.echo(f"forgotten: {sn}"))
    click.echo(f"{count} devices forgotten that have not called for {config.status.expire} seconds.")
