"""`redirect code`: a number that somebody types on a device."""

import sqlite3
import time
from pathlib import Path

import click

from updateserver.cli.redirect.common import config_root_option, found, opened
from updateserver.redirection.codes import LONGEST, USUAL, ProvisioningCode
from updateserver.redirection.io.codes import ProvisioningCodes
from updateserver.redirection.table import environments_in


@click.command()
@config_root_option
@click.option("--project", type=click.IntRange(1), metavar="ID", required=True, help="Where the device goes.")
@click.option("--env", default="", help="Environments that it gets, parted by commas, in place of the project's.")
@click.option("--name", default="", help="A name for the device, for lists.")
@click.option("--hours", type=click.IntRange(1, LONGEST), default=USUAL, show_default=True, help="How long it is good.")
def code(root: Path, project: int, env: str, name: str, hours: int) -> None:
    r"""Print a provisioning code: whoever types it on a device has it go to this project. It is good once.

    \b
      updateserver redirect code --project 10801 --env berlin --name Lobby
    """
    wanted = ProvisioningCode("", project, environments_in(env), name)
    for fault in wanted.assignment("").faults:
        raise click.ClickException(fault)
    with opened(root) as registry:
        found(registry, project)
        try:
            made = ProvisioningCodes(root).make(wanted, hours)
        except sqlite3.Error as error:
            raise click.ClickException(f"the code cannot be stored: {error}") from error
    click.echo(made.shown)
    click.echo(f"good once, until {time.strftime('%Y-%m-%d %H:%M', time.localtime(made.until))}", err=True)
