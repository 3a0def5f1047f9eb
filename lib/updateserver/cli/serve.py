"""`updateserver serve`: the embedded server for a folder, if wanted with a fleet of virtual devices to look at."""

import contextlib
import logging
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from updateserver import __version__
from updateserver.cli.options import root_option
from updateserver.web.embedded import Listener, Settings
from updateserver.web.embedded import serve as serve_until_stopped
from updateserver.web.embedded.settings import PREFIXES

if TYPE_CHECKING:
    from pathlib import Path

_HTTP_PORT = 8080
_EVERYWHERE = "0.0.0.0"  # noqa: S104 -- devices call from the network
_PORT = click.IntRange(0, 65535)
_SAMPLE = "type=IP232&sn=00-90-33-00-00-00&hwid=IP232-00-00-00&ip=1.2.3.4"


@click.command()
@click.option("--http", type=_PORT, default=_HTTP_PORT, metavar="PORT", help=f"Serve HTTP here (default {_HTTP_PORT}).")
@click.option("--https", type=_PORT, metavar="PORT", help="Serve HTTPS here, too.")
@click.option("--host", default=_EVERYWHERE, metavar="ADDR", help="Listen on this address only.")
@root_option
@click.option(
    "--prefix",
    multiple=True,
    default=PREFIXES,
    metavar="PATH",
    help=f"Folder of the URLs, may be given several times (default: {' and '.join(PREFIXES)}).",
)
@click.option("--demo", type=click.IntRange(min=1), metavar="N", help="Let N virtual devices poll this server.")
@click.option("--quiet", is_flag=True, help="Write no line per request.")
def serve(  # noqa: PLR0913, PLR0917 -- click passes each option by its name
    http: int, https: int | None, host: str, root: "Path", prefix: tuple[str, ...], demo: int | None, *, quiet: bool
) -> None:
    """Serve devices and admins without a web server beside it, until SIGTERM or Ctrl-C."""
    _write_log(quiet=quiet)
    try:
        settings = Settings(root, prefix)
        listeners = [Listener(host, http), *_https(root, host, https)]
        with contextlib.ExitStack() as alongside:
            start = _Start(settings, demo, alongside)
            serve_until_stopped(settings, listeners, start.announce)
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _https(root: "Path", host: str, port: int | None) -> list[Listener]:
    if port is None:
        return []
    from updateserver.web.embedded.server_certificate import server_context  # noqa: PLC0415 -- slow, HTTP needs it not

    return [Listener(host, port, server_context(root))]


@dataclass(frozen=True)
class _Start:
    """What happens once the sockets are open: the admin reads the URLs, the demo's devices begin to poll."""

    settings: Settings
    demo: int | None
    alongside: contextlib.ExitStack

    def announce(self, addresses: list[tuple[str, int]]) -> None:
        host, port = addresses[0]
        folder = f"http://{_reachable(host)}:{port}{self.settings.prefixes[0]}"
        click.echo(f"updateserver {__version__} serves {self.settings.root}")
        click.echo(f"  Command File URL of a device:  {folder}update.php")
        click.echo(f"  to simulate a device:          {folder}update.php?{_SAMPLE}")
        for _, https in addresses[1:]:
            click.echo(
                f"  by HTTPS:                      https://{_reachable(host)}:{https}{self.settings.prefixes[0]}"
            )
        if self.demo:
            from updateserver.cli.demo import polling_fleet  # noqa: PLC0415 -- only a demo needs virtual devices

            self.alongside.enter_context(polling_fleet(f"{folder}update.php", self.demo))
            click.echo(f"  demo:                          {self.demo} virtual devices poll")
        click.echo("Ctrl-C stops it.")


def _reachable(host: str) -> str:
    """Return an address of this computer that a device can call."""
    if host != _EVERYWHERE:
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only makes the system choose the way out
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def _write_log(*, quiet: bool) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if quiet:
        logging.getLogger("updateserver.access").setLevel(logging.WARNING)
