"""`redirect project`, `redirect customer`, `redirect drop` and `redirect use-sqlite`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from updateserver.base.io import files
from updateserver.cli.redirect.common import config_root_option, found, opened
from updateserver.redirection.io import sqlite_registry
from updateserver.redirection.io.registry_files import RegistryBroken, RegistryFiles
from updateserver.redirection.registry import Customer, Project, Registry


@click.command()
@config_root_option
@click.argument("number", metavar="ID", type=click.IntRange(1))
@click.option("--customer", type=click.IntRange(1), metavar="ID", help="Whose it is; needed for a new one.")
@click.option("--name", help="Its name.")
@click.option("--comment", help="A comment.")
@click.option("--url", help="Where its devices are sent; empty: nowhere.")
@click.option("--trust", help="The server's certificate: what `updateserver redirect trust` prints.")
@click.option("--env", help="Environments to append to the URL, separated by commas.")
@click.option("--firmware", help="Build that devices must have before they are sent there.")
@click.option("--bootcode", help="Build of the boot code that they must have.")
def project(root: Path, number: int, customer: int | None, env: str | None, **given: str | None) -> None:
    r"""Add a project, or change what is given of it.

    \b
      updateserver redirect project 10801 --customer 1527 --name Headquarters \
          --url https://update.example.com/mtls/update/update.php
      updateserver redirect project 10801 --env berlin,new
    """
    with opened(root, make=True) as registry:
        changes: dict[str, Any] = {name: text for name, text in given.items() if text is not None}
        changed = replace(_project(registry, number, customer), **changes)
        if env is not None:
            changed = replace(changed, environments=tuple(filter(None, (name.strip() for name in env.split(",")))))
        if changed.faults:
            raise click.ClickException("\n".join(changed.faults))
        registry.put_project(changed)
    click.echo(f"project {number} sends its devices to {changed.target or 'nowhere, until you set its --url'}")


def _project(registry: Registry, number: int, customer: int | None) -> Project:
    known = next((one for one in registry.projects() if one.id == number), None)
    if customer is None:
        if known is None:
            raise click.UsageError(f"there is no project {number} yet: a new one needs its --customer")
        return known
    owner = next((one for one in registry.customers() if one.id == customer), Customer(customer))
    return replace(known, customer=owner) if known else Project(number, owner)


@click.command()
@config_root_option
@click.argument("number", metavar="ID", type=click.IntRange(1))
@click.option("--name", required=True, help="Its name.")
def customer(root: Path, number: int, name: str) -> None:
    r"""Add a customer, or change the name of one.

    \b
      updateserver redirect customer 1527 --name "Hosting Company"
    """
    changed = Customer(number, name)
    if changed.faults:
        raise click.ClickException("\n".join(changed.faults))
    with opened(root, make=True) as registry:
        registry.put_customer(changed)


@click.command()
@config_root_option
@click.argument("number", metavar="ID", type=click.IntRange(1))
@click.option("--yes", is_flag=True, help="Don't ask.")
def drop(root: Path, number: int, *, yes: bool) -> None:
    """Remove a project; its devices are unknown from then on."""
    with opened(root) as registry:
        known, count = found(registry, number), registry.count(number)
        if not yes:
            click.confirm(f"Remove project {number} {known.name} with its {count} devices?", abort=True)
        registry.drop_project(number)


@click.command("use-sqlite")
@config_root_option
def use_sqlite(root: Path) -> None:
    """Keep customers, projects and devices in an SQLite file from now on, for more than some thousand devices.

    What config/redirection.xml says of them moves there; the settings of the service stay in that file.
    """
    try:
        count = RegistryFiles(root).use_sqlite()
    except RegistryBroken as broken:
        raise click.ClickException(str(broken)) from broken
    except OSError as error:
        raise click.ClickException(files.trouble(error)) from error
    click.echo(f"{sqlite_registry.NAME} holds {count} devices")
