"""`redirect list`, `redirect add` and `redirect remove`."""

import json
from collections import Counter
from pathlib import Path

import click
from rich.table import Table

from updateserver.cli.fleet_report import report_console
from updateserver.cli.redirect.common import config_root_option, found, opened, project_option, serials, tell_assigned
from updateserver.redirection.io.registry_files import RegistryFiles
from updateserver.redirection.plain import plain_project
from updateserver.redirection.registry import Assignment, Registry

_several = click.argument("sn", nargs=-1, metavar="[SN]...", callback=serials)
_some = click.argument("sn", nargs=-1, required=True, metavar="SN...", callback=serials)


@click.command("list")
@config_root_option
@project_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@_several
def list_(root: Path, project: int | None, sn: tuple[str, ...], *, as_json: bool) -> None:
    r"""List projects; the devices of one; or where devices with these serial numbers are sent.

    \b
      updateserver redirect list
      updateserver redirect list --project 10801
      updateserver redirect list 0090333000af 00-90-33-30-00-b0
    """
    with opened(root) as registry:
        if sn:
            _tell_devices(registry, sn, as_json=as_json)
        elif project is not None:
            found(registry, project)
            _tell_entries(registry, project, as_json=as_json)
        else:
            _tell_projects(root, registry, as_json=as_json)


def _tell_devices(registry: Registry, macs: tuple[str, ...], *, as_json: bool) -> None:
    places = {mac: registry.places(mac) for mac in macs}
    if as_json:
        plain = [{"sn": mac, "projects": [plain_project(place) for place in places[mac]]} for mac in macs]
        click.echo(json.dumps(plain, indent=1, ensure_ascii=False))
        return
    for mac in macs:
        if not places[mac]:
            click.echo(f"{mac}: unknown")
        for place in places[mac]:
            click.echo(f"{mac}: project {place.id} {place.name} of {place.customer.name}: {place.target or 'no URL'}")


def _tell_entries(registry: Registry, project: int, *, as_json: bool) -> None:
    macs = (entry.mac for entry in registry.entries(project))
    if as_json:
        click.echo(json.dumps(list(macs), indent=1))
        return
    for mac in macs:
        click.echo(mac)


def _tell_projects(root: Path, registry: Registry, *, as_json: bool) -> None:
    projects = registry.projects()
    counts = Counter({project.id: registry.count(project.id) for project in projects})
    if as_json:
        plain = [plain_project(project) | {"devices": counts[project.id]} for project in projects]
        click.echo(json.dumps(plain, indent=1, ensure_ascii=False))
        return
    table = Table("project", "name", "customer", "devices", "sent to", "wrong", box=None)
    for project in projects:
        customer = f"{project.customer.id} {project.customer.name}"
        cells = (str(project.id), project.name, customer, str(counts[project.id]), project.target or "nowhere")
        table.add_row(*cells, "; ".join(project.faults))
    report_console().print(table)
    click.echo(f"{registry.count()} devices in {len(projects)} projects")
    contents = RegistryFiles(root).contents()
    for finding in contents.findings if contents else ():
        click.echo(str(finding))


@click.command()
@config_root_option
@click.option("--project", type=click.IntRange(1), metavar="ID", required=True, help="Where the devices belong.")
@click.option("--take-over", is_flag=True, help="Even if they belong to another customer.")
@_some
def add(root: Path, project: int, sn: tuple[str, ...], *, take_over: bool) -> None:
    r"""Have devices in a project, and in no other one of its customer. Any notation of serial numbers will do.

    \b
      updateserver redirect add --project 10801 00-90-33-30-00-af 0090333000B0 00:90:33:30:00:b1
    """
    with opened(root) as registry:
        found(registry, project)
        tell_assigned(registry.assign([Assignment(mac, project) for mac in sn], take_over=take_over))


@click.command()
@config_root_option
@project_option
@_some
def remove(root: Path, project: int | None, sn: tuple[str, ...]) -> None:
    r"""Have devices in no project any more, or no longer in one: they are unknown then, and turn polling off.

    \b
      updateserver redirect remove 00-90-33-30-00-af
    """
    with opened(root) as registry:
        click.echo(f"{registry.release(sn, project)} of {len(set(sn))} devices removed")
