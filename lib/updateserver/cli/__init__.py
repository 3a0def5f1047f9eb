"""The commands for admins.

Only the module of the command that is run is imported; the list of commands imports none of them.
"""

import importlib
from typing import NamedTuple

import click

from updateserver import __version__


class _Command(NamedTuple):
    module: str
    attribute: str
    help: str


_COMMANDS = {
    "serve": _Command("serve", "serve", "Serve devices and admins without a web server beside it."),
    "fastcgi": _Command("fastcgi", "fastcgi", "Serve a web server that calls by FastCGI."),
    "check-config": _Command("check_config", "check_config", "Check the configuration and list all problems."),
    "simulate": _Command("simulate", "simulate", "Let virtual devices poll an update server."),
    "show-script": _Command("show_script", "show_script", "Show the script that a device would get, changing nothing."),
    "hash-password": _Command("hash_password", "hash_password", "Print the hash of a password for the configuration."),
    "certificates": _Command("certificates", "certificates", "Devices' certificates: list, sign, upload, reject, ..."),
    "redirect": _Command("redirect", "redirect", "Devices' way to their update server: add, import, list, ..."),
    "api-token": _Command("api_token", "api_token", "Tokens of the JSON API: create, list, revoke."),
    "unknown": _Command("unknown", "unknown", "Devices that wait until an admin accepts them: list, accept, refuse."),
    "expire": _Command("expire", "expire", "Remove the state of devices that were not seen for long."),
    "dtd": _Command("vocabulary", "dtd", "Print the DTD of the configuration."),
    "reference": _Command("vocabulary", "reference", "Print the reference of all elements and attributes."),
}


def _with_lines_kept(command: click.Command) -> click.Command:
    r"""Have lines after a \b stand as they are: as docstrings are raw, that mark of click's comes as two characters."""
    command.help = (command.help or "").replace("\\b\n", "\b\n")
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        _with_lines_kept(below)
    return command


class _CommandList(click.Group):
    """A group whose commands are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Name all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"updateserver.cli.{module}"), attribute)
        return _with_lines_kept(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in _COMMANDS.items()])


@click.command(cls=_CommandList, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="updateserver")
def main() -> None:
    """Update server of innovaphone phones and gateways."""
