"""What the commands about redirection share: the book, and serial numbers as people write them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from updateserver.base.io import files
from updateserver.base.io.files import replace
from updateserver.cli.options import config_root_option
from updateserver.redirection.book import Assigned, Book, Project
from updateserver.redirection.io import xml_book
from updateserver.redirection.io.books import BookBroken, Books
from updateserver.redirection.table import serial_in

__all__ = ["config_root_option", "found", "opened", "project_option", "serials", "tell_assigned"]

_REFUSED = 20  # serial numbers that are told

project_option = click.option("--project", type=click.IntRange(1), metavar="ID", help="The project's number.")


@contextlib.contextmanager
def opened(root: Path, *, make: bool = False) -> Iterator[Book]:
    """Hand out the book; what is wrong with it, or with the disk, ends the command with a message."""
    books = Books(root)
    try:
        now = books.open()
        if now is None:
            if not make:
                raise click.ClickException("No redirection is set up here: `updateserver redirect --help` shows how.")
            replace(books.xml_path, xml_book.EMPTY, durable=True)
            click.echo(f"{xml_book.NAME} made", err=True)
            now = books.open()
        if now:
            yield now.book
    except BookBroken as broken:
        raise click.ClickException(str(broken)) from broken
    except OSError as error:
        raise click.ClickException(files.trouble(error)) from error


def found(book: Book, project: int) -> Project:
    """Return a project; the command ends where there is none of this number."""
    known = next((one for one in book.projects() if one.id == project), None)
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
    if done.refused:
        click.echo("Left where they are, as they belong to another customer (--take-over takes them all the same):")
        for mac in done.refused[:_REFUSED]:
            click.echo(f"  {mac}")
        raise click.ClickException(f"{len(done.refused)} devices were left")
