"""Options that several commands share."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

INSTALLATION = Path(__file__).resolve().parents[3]

_F = TypeVar("_F", bound=Callable[..., Any])

plain_root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    default=INSTALLATION,
    metavar="FOLDER",
    help="The installation's folder (default: the one that this program lies in).",
)


def root_option(command: _F) -> _F:
    """Add the option; run by root, the command continues as the installation's user, whose then is what it writes."""
    return _as_owner(command, writes_config=False)


def config_root_option(command: _F) -> _F:
    """Add the option to a command that puts something into `config/`, which need not be that user's folder."""
    return _as_owner(command, writes_config=True)


def _as_owner(command: _F, *, writes_config: bool) -> _F:
    @wraps(command)
    def as_owner(*args: Any, root: Path, **options: Any) -> Any:
        from updateserver.configuration.io.owner import become_owner_of  # noqa: PLC0415 -- not for a list of commands

        become_owner_of(root, writes_config=writes_config)
        return command(*args, root=root, **options)

    return plain_root_option(as_owner)  # type: ignore[return-value]


log_option = click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the log to this file, too (default: what UPDATESERVER_LOG in the environment names).",
)
