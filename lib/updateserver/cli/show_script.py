"""`updateserver show-script`: what a device would get now."""

import sys
from pathlib import Path

import click

from updateserver.base.names import ALLOWED, canonical, is_safe
from updateserver.cli.options import root_option
from updateserver.configuration.io.files import ConfigurationBroken
from updateserver.fleet.io.next_script import next_call, next_poll
from updateserver.poll.io.delivery import preview
from updateserver.poll.io.installation import Installation
from updateserver.poll.url import https_url

_URL = "http://update.example.com/mtls/update/update.php"


@click.command(name="show-script")
@root_option
@click.option("--sn", required=True, help="Serial number, such as 00-90-33-30-00-af.")
@click.option("--type", "type", help="Device type, such as IP232.")
@click.option("--hwid", help="Hardware id; made of type and serial number where not given.")
@click.option("--ip", help="The device's own address.")
@click.option("--phase", help="Phase that the device is in.")
@click.option("--env", help="Environments, separated by commas.")
@click.option("--firmware", "PROT", help="Build of the firmware that it runs.")
@click.option("--bootcode", "BOOT", help="Build of the boot code that it runs.")
@click.option("--check", "CHECK", help="CHECK serial that it reports: the signature of the scripts that it ran last.")
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
    sn = canonical(sn)
    if not is_safe(sn):
        raise click.BadParameter(f"{sn!r}: expected {ALLOWED}", param_hint="--sn")
    installation = Installation(root)
    try:
        config = installation.config()
    except ConfigurationBroken as broken:
        raise click.ClickException(f"{broken}\nupdateserver check-config tells more.") from broken
    poll = next_poll(installation, config, sn, given)
    if poll is None:
        raise click.UsageError(
            f"Too little is stored about {sn}, or its type or hardware id is none of {ALLOWED}: please give its --type."
        )
    if url is None:
        url = https_url(_URL, config.times) if config.times.forcehttps else _URL
    text = preview(installation, config, next_call(config, url, certificate or poll.hwid), poll).text
    if effective:
        text = b"".join(line for line in text.splitlines(keepends=True) if line.strip() and not line.startswith(b"#"))
    sys.stdout.buffer.write(text)
