"""`updateserver serve`: the embedded server for a folder, if wanted with a fleet of virtual devices to look at."""

import contextlib
import logging
import socket
from dataclasses import dataclass
from pathlib import Path

import click

from updateserver import __version__
from updateserver.base.io.log_file import write_log
from updateserver.cli.listening import ListenOptions, Port, ports
from updateserver.cli.options import config_root_option, log_option
from updateserver.configuration.io.owner import drop_write_access
from updateserver.web.embedded import ServerSettings
from updateserver.web.embedded import serve as serve_until_stopped
from updateserver.web.embedded.settings import PREFIXES

_HTTP_PORT = 8080
_EVERYWHERE = "0.0.0.0"  # noqa: S104 -- devices call from the network
_PORT = click.IntRange(0, 65535)
_FILE = click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path)
_SAMPLE = "type=IP232&sn=00-90-33-00-00-00&hwid=IP232-00-00-00&ip=1.2.3.4"


@click.command()
@click.option("--http", type=_PORT, default=_HTTP_PORT, metavar="PORT", help=f"Serve HTTP here (default {_HTTP_PORT}).")
@click.option("--https", type=_PORT, metavar="PORT", help="Serve HTTPS here, too; no certificate is asked for.")
@click.option("--mtls", type=_PORT, metavar="PORT", help="Serve mutual TLS here, too: devices show their certificate.")
@click.option(
    "--client-ca",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="Trust these authorities for --mtls, may be given several times "
    "(default: what customcerts/@CAkeys names, and config/client-ca.pem).",
)
@click.option(
    "--cert", type=_FILE, metavar="FILE", help="The server's certificate and chain, PEM (default: a self-signed one)."
)
@click.option("--key", type=_FILE, metavar="FILE", help="Its key, if it is not in the same file.")
@click.option("--host", default=_EVERYWHERE, metavar="ADDR", help="Listen on this address only.")
@config_root_option
@click.option(
    "--prefix",
    multiple=True,
    default=PREFIXES,
    metavar="PATH",
    help=f"Folder of the URLs, may be given several times (default: {' and '.join(PREFIXES)}).",
)
@click.option("--demo", type=click.IntRange(min=1), metavar="N", help="Let N virtual devices poll this server.")
@log_option
@click.option("--quiet", is_flag=True, help="Write no line per request.")
def serve(  # noqa: PLR0913, PLR0917 -- click passes each option by its name
    http: int,
    https: int | None,
    mtls: int | None,
    client_ca: tuple[Path, ...],
    cert: Path | None,
    key: Path | None,
    host: str,
    root: Path,
    prefix: tuple[str, ...],
    demo: int | None,
    log_file: Path | None,
    *,
    quiet: bool,
) -> None:
    """Serve devices and admins without a web server beside it, until SIGTERM or Ctrl-C."""
    if key and not cert:
        raise click.UsageError("--key belongs to a certificate: name that with --cert.")
    write_log(log_file)
    if quiet:
        logging.getLogger("updateserver.access").setLevel(logging.WARNING)
    try:
        settings = ServerSettings(root, prefix)
        opened = ports(ListenOptions(root, host, http, https, mtls, client_ca, cert, key))
        drop_write_access()
        with contextlib.ExitStack() as alongside:
            start = _Start(settings, opened, demo, alongside)
            serve_until_stopped(settings, [port.listener for port in opened], start.announce)
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


@dataclass(frozen=True)
class _Start:
    """What happens once the sockets are open: the admin reads the URLs, the demo's devices begin to poll."""

    settings: ServerSettings
    ports: list[Port]
    demo: int | None
    alongside: contextlib.ExitStack

    def announce(self, addresses: list[tuple[str, int]]) -> None:
        click.echo(f"updateserver {__version__} serves {self.settings.root}")
        urls = [self._url(port, address) for port, address in zip(self.ports, addresses, strict=True)]
        for port, url in zip(self.ports, urls, strict=True):
            _line(port.title, url)
            for remark in port.remarks:
                _line("", remark)
        _line("pages of the admin", f"{urls[0].removesuffix('update.php')}admin/admin.php")
        _line("to simulate a device", f"{urls[0]}?{_SAMPLE}")
        if self.demo:
            from updateserver.cli.demo import polling_fleet  # noqa: PLC0415 -- only a demo needs virtual devices

            # they are on this computer: no reason to call it by an address that others can see
            own = self._url(self.ports[0], addresses[0], own=True)
            self.alongside.enter_context(polling_fleet(own, self.demo))
            _line("demo", f"{self.demo} virtual devices poll")
        click.echo("Ctrl-C stops it.")

    def _url(self, port: Port, address: tuple[str, int], *, own: bool = False) -> str:
        prefixes = self.settings.prefixes
        host = "127.0.0.1" if own and address[0] == _EVERYWHERE else _reachable(address[0])
        folder = port.folder if port.folder in prefixes else prefixes[0]
        return f"{port.scheme}://{host}:{address[1]}{folder}update.php"


def _line(title: str, text: str) -> None:
    click.echo(f"  {title + ':' if title else '':<30} {text}")


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
