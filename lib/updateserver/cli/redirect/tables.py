"""`redirect import` and `redirect export`: many devices at once."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click
from rich.console import Console
from rich.progress import Progress

from updateserver.cli.redirect.common import config_root_option, found, opened, project_option, tell_assigned
from updateserver.redirection import table

_STEP = 1000  # lines between two looks at the progress


@click.command("import")
@config_root_option
@project_option
@click.option("--take-over", is_flag=True, help="Even devices that belong to another customer.")
@click.option("--skip-faults", is_flag=True, help="Take the good lines, although others are wrong.")
@click.argument("file", type=click.File(encoding="utf-8-sig", errors="replace"))
def import_(root: Path, file: TextIO, project: int | None, *, take_over: bool, skip_faults: bool) -> None:
    r"""Have the devices of a CSV file in their projects. FILE may be - for standard input.

    Each line has a serial number in any notation and the number of its project, separated by ; or , or a tab. The first
    line may name the columns: sn and project, others are passed over. --project is for lines without a project. If a
    line is wrong, nothing is taken at all, unless you say --skip-faults.

    \b
      updateserver redirect import devices.csv
      updateserver redirect import --project 10801 serial-numbers.txt
    """
    faults = table.Faults()
    with opened(root) as registry:
        if project is not None:
            found(registry, project)
        projects = {one.id for one in registry.projects()}
        lines = _watched(file)
        try:
            devices = table.entries(lines, projects, project, faults, skip_faults=skip_faults)
            done = registry.assign(devices, take_over=take_over)
        except table.Faulty:
            done = None
    for text in faults.first:
        click.echo(text, err=True)
    if done is None:
        raise click.ClickException(f"{faults.count} lines are wrong, so nothing was taken (--skip-faults leaves them)")
    tell_assigned(done)


@click.command()
@config_root_option
@project_option
def export(root: Path, project: int | None) -> None:
    r"""Print the devices of all projects, or of one, as CSV that `redirect import` reads.

    \b
      updateserver redirect export > devices.csv
    """
    with opened(root) as registry:
        if project is not None:
            found(registry, project)
        sys.stdout.writelines(table.written(registry.entries(project)))


def _watched(file: TextIO) -> Iterator[str]:
    """Yield the lines of a file, and show on a terminal how far it is read."""
    path = Path(str(getattr(file, "name", "")))
    size = path.stat().st_size if path.is_file() else None
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task, read = progress.add_task("importing", total=size), 0
        for number, line in enumerate(file):
            yield line
            read += len(line)
            if number % _STEP == 0:
                progress.update(task, completed=read)
