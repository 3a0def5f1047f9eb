"""What the commands about certificates share: the installation, a device's enrolment, and passphrases."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from updateserver.base.names import ALLOWED, canonical, is_safe
from updateserver.certificates.io.enrolment import Enrolment, EnrolmentOff
from updateserver.certificates.io.local_ca import CaUnusable, passphrase_in
from updateserver.cli.options import config_root_option, root_option
from updateserver.configuration.config import Config
from updateserver.configuration.io.files import ConfigurationBroken
from updateserver.poll.io.installation import Installation

__all__ = [
    "Installation",
    "config_root_option",
    "one_sn",
    "passphrase",
    "passphrase_options",
    "root_option",
    "several_sns",
]

_F = TypeVar("_F", bound=Callable[..., object])


class WithCertificates:
    """An installation that handles certificates; what is wrong with it ends the command with a message."""

    def __init__(self, root: Path) -> None:
        self.installation = Installation(root)
        try:
            self.config: Config = self.installation.config()
        except ConfigurationBroken as broken:
            raise click.ClickException(f"{broken}\nupdateserver check-config tells more.") from broken
        if not self.config.customcerts.dir:
            raise click.ClickException("Certificates are not handled here: set customcerts/@dir.")

    def enrolment(self, sn: str) -> Enrolment:
        """Return a device's enrolment."""
        try:
            return Enrolment(self.installation, self.config, sn)
        except EnrolmentOff as off:
            raise click.ClickException(str(off)) from off


def _safe(_: click.Context, parameter: click.Parameter, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    for sn in (value,) if isinstance(value, str) else value:
        if not is_safe(canonical(sn)):
            raise click.BadParameter(f"{sn!r}: expected {ALLOWED}", param=parameter)
    return canonical(value) if isinstance(value, str) else tuple(map(canonical, value))


one_sn = click.argument("sn", metavar="SN", callback=_safe)
several_sns = click.argument("sn", nargs=-1, metavar="[SN]...", callback=_safe)


def passphrase(file: Path | None, variable: str | None) -> bytes | None:
    """Return the passphrase that options name, None if they name none."""
    try:
        if file:
            return passphrase_in(file)
    except CaUnusable as problem:
        raise click.ClickException(str(problem)) from problem
    if variable is None:
        return None
    text = os.environ.get(variable)
    if not text:
        raise click.ClickException(f"the environment has no variable {variable}, or it is empty")
    return text.encode("utf-8", "surrogateescape")


def passphrase_options(command: _F) -> _F:
    """Add the options that say where the CA's passphrase is."""
    file = click.option(
        "--passphrase-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File whose first line is the passphrase of the CA's key.",
    )
    variable = click.option("--passphrase-env", metavar="NAME", help="Environment variable that holds it.")
    return file(variable(command))
