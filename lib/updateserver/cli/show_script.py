"""`updateserver show-script`: what a device would get now."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

import click

from updateserver.cli.options import root_option
from updateserver.edge.configuration_files import ConfigurationBroken
from updateserver.edge.delivery import preview
from updateserver.edge.site import Site
from updateserver.model.call import Call, TlsClient
from updateserver.model.configuration import Config
from updateserver.model.names import ALLOWED, is_safe
from updateserver.model.request import REQUIRED, Poll
from updateserver.rules.belonging import next_phase, phase_of
from updateserver.rules.url import https_url

_URL = "http://update.example.com/mtls/update/update.php"


@click.command(name="show-script")
@root_option
@click.option("--sn", required=True, help="Serial number, such as 00-90-33-30-00-af.")
@click.option("--type", "device_type", help="Device type, such as IP232.")
@click.option("--hwid", help="Hardware id; made of type and serial number where not given.")
@click.option("--ip", help="The device's own address.")
@click.option("--phase", help="Phase that the device is in.")
@click.option("--env", help="Environments, parted by commas.")
@click.option("--firmware", help="Build of the firmware that it runs.")
@click.option("--bootcode", help="Build of the boot code that it runs.")
@click.option("--check", help="CHECK serial that it reports: the signature of the scripts that it ran last.")
@click.option(
    "--url", help=f"Address that it calls. Default: {_URL}, or its HTTPS form if the configuration forces HTTPS."
)
@click.option(
    "--certificate", help="CN of the client certificate that it shows. Default: its hardware id. none: it shows none."
)
@click.option("--effective", is_flag=True, help="Only the lines that the device acts on.")
def show_script(
    root: Path, sn: str, effective: bool, url: str | None, certificate: str | None, **given: str | None
) -> None:
    r"""Show the script that a device would get if it polled now, and touch nothing.

    What is not given is taken from the device's stored state, if there is one. The reference device is not asked: the
    builds are those in the cache.

    \b
      updateserver show-script --sn 00-90-33-30-00-af
      updateserver show-script --sn 00-90-33-30-00-af --type IP232 --env berlin --phase staging
    """
    if not is_safe(sn):
        raise click.BadParameter(f"{sn!r}: expected {ALLOWED}", param_hint="--sn")
    site = Site(root)
    try:
        config = site.config()
    except ConfigurationBroken as broken:
        raise click.ClickException(f"{broken}\nupdateserver check-config tells more.") from broken
    poll = Poll(_arguments(site, config, sn, given))
    text = preview(site, config, _call(config, url, certificate or poll.hwid), poll)
    if effective:
        text = b"".join(line for line in text.splitlines(keepends=True) if line.strip() and not line.startswith(b"#"))
    sys.stdout.buffer.write(text)


def _arguments(site: Site, config: Config, sn: str, given: dict[str, str | None]) -> dict[str, str]:
    """Return the arguments that the device's next poll would have."""
    folder = site.status_folder(config)
    state = site.states.read(folder, sn).state if folder else None

    def stored(element: str, attribute: str) -> str | None:
        found = None if state is None else state.find(element)
        return None if found is None else found.get(attribute)

    device_type = given["device_type"] or stored("device", "type")
    if not device_type:
        raise click.UsageError(f"Nothing is stored about {sn}: please give its --type.")
    args = {
        "phase": given["phase"] or stored("device", "phase"),
        "sn": sn,
        "type": device_type,
        "hwid": given["hwid"] or stored("device", "hwid") or f"{device_type}-{sn[-8:]}",
        "ip": given["ip"] or stored("device", "realip") or "127.0.0.1",
        "env": given["env"] or (stored("device", "environments") or "").replace(", ", ",") or None,
        "PROT": given["firmware"] or stored("firmware", "build"),
        "BOOT": given["bootcode"] or stored("bootcode", "build"),
        "CHECK": given["check"],
    }
    for name in REQUIRED:
        if name != "ip" and not is_safe(args[name] or ""):
            raise click.UsageError(f"{name}={args[name]!r} is not allowed: expected {ALLOWED}")
    phase = phase_of(config, args["phase"])
    polling = config.times.polling if phase and next_phase(config, phase) else "0"
    return {"polling": polling or "0", **{name: value for name, value in args.items() if value is not None}}


def _call(config: Config, url: str | None, certificate: str) -> Call:
    """Return the call as it would arrive."""
    if url is None:
        url = https_url(_URL, config.times) if config.times.forcehttps else _URL
    parts = urlsplit(url)
    folder, _, name = parts.path.rpartition("/")
    https = parts.scheme == "https"
    tls = TlsClient()
    if https and certificate != "none":
        tls = TlsClient(certificate, "SUCCESS", frozenset(config.customcerts.CAname))
    return Call(
        host=parts.netloc,
        folder=f"{folder}/",
        script=name,
        https=https,
        port=str(parts.port or (443 if https else 80)),
        peer="127.0.0.1",
        proxy=None,
        lighttpd=True,
        tls=tls,
    )
