"""Options that several commands share."""

from pathlib import Path

import click

INSTALLATION = Path(__file__).resolve().parents[3]

root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    default=INSTALLATION,
    metavar="FOLDER",
    help="The installation's folder (default: the one that this program lies in).",
)
