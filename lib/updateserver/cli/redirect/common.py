"""What the commands about redirection share: the registry, and serial numbers as people write them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from updateserver.base.io import files
from updateserver.base.io.files import replace
from updateserver.cli.options import config_root_option
from updateserver.redirection.io import xml_registry
from updateserver.redirection.io.registry_files import RegistryBroken, RegistryFiles
from updateserver.redirection.registry import Assigned, Project, Registry
from updateserver.redirection.table import serial_in

__all__ = ["config_root_option", "found", "opened", "project_option", "serials", "tell_assigned"]

_REFUSED = 20  # serial numbers that are told

project_option = click.option("--project", type=click.IntRange(1), metavar="ID", help="The project's number.")


@contextlib.contextmanager
def opened(root: Path, *, make: bool = False) -> Iterator[Registry]:
    """Hand out the registry; what is wrong with it, or with the disk, ends the command with a message."""
    registry_files = RegistryFiles(root)
    try:
        now = registry_files.open()
        if now is None:
            if not make:
                raise click.ClickException("No redirection is set up here: `updateserver redirect --help` shows how.")
            replace(registry_files.xml_path, xml_registry.EMPTY, durable=True)
            click.echo(f"{xml_registry.NAME} made", err=True)
            now = registry_files.open()
        if now:
            yield now.registry
    except RegistryBroken as broken:
        raise click.ClickException(str(broken)) from broken
    except OSError as error:
        raise click.ClickException(files.trouble(error)) from error


def found(registry: Registry, project: int) -> Project:
    """Return a project; the command ends where there is none of this number."""
    known = next((one for one in registry.projects() if one.id == project), None)
    if known is None:
        raise click.ClickException(f"there is no project {project}: `updateserver redirect list` lists them")
    return known


def serials(_: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Read serial numbers of the command line, in whatever notation."""
    try:
        return tuple(map(serial_in, value))
    except ValueError as error:
        raise click.BadParameter(str(error), param=parameter) from error


def tell_assigned(done: Assigned) -> None:
    """Say what became of devices; the command fails if some belong to another customer."""
    click.echo(f"{done.new} new, {done.moved} moved from another project, {done.unchanged} there already")
    if done.changed:
        click.echo(f"{done.changed} got another name or other environments")
    if done.refused:
        click.echo("Left where they are, as they belong to another customer (--take-over takes them all the same):")
        for mac in done.refused[:_REFUSED]:
            click.echo(f"  {mac}")
        raise click.ClickException(f"{len(done.refused)} devices were left")
