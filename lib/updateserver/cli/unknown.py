"""`updateserver unknown`: devices that wait until an admin accepts them."""

import time
from collections.abc import Callable
from pathlib import Path

import click

from updateserver.base.names import ALLOWED, canonical, is_safe
from updateserver.cli.options import root_option
from updateserver.configuration.config import Config
from updateserver.configuration.io.files import ConfigurationBroken
from updateserver.poll.io import unknown_devices as devices
from updateserver.poll.io.installation import Installation

_Decide = Callable[[Installation, Config, str], bool]


@click.group()
def unknown() -> None:
    """List, accept and refuse devices that are not known yet (status/@approve)."""


@unknown.command(name="list")
@root_option
def list_(root: Path) -> None:
    """List the devices that wait, and those that were refused."""
    installation, config = _installation(root)
    listed = devices.unknown_devices(installation, config)
    for one in sorted(listed.all().values() if listed else (), key=lambda one: (one.refused > 0, -one.last)):
        state = "refused" if one.refused else "waits"
        click.echo(f"{one.sn:24} {state:8} {one.type:10} {one.address:16} {_moment(one.since)} {_moment(one.last)}")


@unknown.command()
@root_option
@click.argument("serials", metavar="SN...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="All devices that wait now.")
def accept(root: Path, serials: tuple[str, ...], *, is_all: bool) -> None:
    """Accept devices, also ones that have not called yet."""

    def accept_device(installation: Installation, config: Config, sn: str) -> bool:
        return devices.accept(installation, config, sn, "the command unknown accept", int(time.time()))

    _decide(root, serials, accept_device, "accepted", is_all=is_all)


@unknown.command()
@root_option
@click.argument("serials", metavar="SN...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="All devices that wait now.")
def refuse(root: Path, serials: tuple[str, ...], *, is_all: bool) -> None:
    """Refuse devices: they wait no longer, and get nothing. A later accept lets them in."""

    def refuse_device(installation: Installation, config: Config, sn: str) -> bool:
        return devices.refuse(installation, config, sn, int(time.time()))

    _decide(root, serials, refuse_device, "refused", is_all=is_all)


def _decide(root: Path, serials: tuple[str, ...], decide: _Decide, done: str, *, is_all: bool) -> None:
    installation, config = _installation(root)
    listed = devices.unknown_devices(installation, config)
    waiting = [one.sn for one in listed.all().values() if not one.refused] if listed and is_all else []
    chosen = dict.fromkeys([*map(canonical, serials), *waiting])
    if not serials and not is_all:
        raise click.UsageError("name serial numbers, or --all")
    if wrong := [sn for sn in chosen if not is_safe(sn)]:
        raise click.BadParameter(f"{wrong[0]!r}: expected {ALLOWED}", param_hint="SN")
    for sn in chosen:
        click.echo(f"{sn}: {done if decide(installation, config, sn) else 'is known already'}")


def _installation(root: Path) -> tuple[Installation, Config]:
    installation = Installation(root)
    try:
        config = installation.config()
    except ConfigurationBroken as broken:
        raise click.ClickException(str(broken)) from broken
    if not config.status.dir:
        raise click.ClickException("no devices are known at all: status/@dir is not set")
    return installation, config


def _moment(then: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(then)) if then else "-"
