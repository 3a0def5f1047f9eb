"""The command `simulate` tells what a device would do.

One virtual device, or a fleet of them, polls a real server and obeys. Nothing of this server is used: it may be any.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from updateserver.cli import fleet_report
from updateserver.virtual.credential import Credential, KeyPool
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority
from updateserver.virtual.fleet import born_with, make_fleet, run_fleet
from updateserver.virtual.identity import TYPES, DeviceIdentity
from updateserver.virtual.poll import PollRecord


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for on the command line."""

    url: str
    type: str
    sn: str
    hwid: str
    ip: str
    env: str
    firmware: str
    bootcode: str
    polls: int
    fleet: int
    types: str
    at_once: int
    distinct_addresses: bool
    show_script: bool
    print_executed: bool | None
    forever: bool
    pace: float
    factory: bool
    authority: Path | None
    cert: Path | None
    key: Path | None
    ca: Path | None
    post: bool
    content_length: bool
    keep_alive: bool
    timeout: float

    @property
    def command_url(self) -> str:
        """The Command File URL, with the environment in it."""
        if not self.env:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}env={quote(self.env, safe=',')}"

    def made_up_factory(self) -> DeviceAuthority:
        """Return the authority whose certificates devices are born with."""
        return DeviceAuthority.kept_in(self.authority) if self.authority else DeviceAuthority()


@click.command(context_settings={"max_content_width": 120})
@click.argument("url")
@click.option("--type", default="IP232", show_default=True, help="Type of the device.")
@click.option("--sn", default="00-90-33-30-00-af", show_default=True, help="Serial number.")
@click.option("--hwid", default="", help="Hardware id; by default made of type and serial number.")
@click.option("--ip", default="", help="Address that the device tells (#i); by default made of the serial number.")
@click.option("--env", default="", help="Environments, with commas between: an argument env=... is added to the URL.")
@click.option("--firmware", default="120000", show_default=True, help="Build that the device runs at first.")
@click.option("--bootcode", default="120000", show_default=True, help="Boot code that the device has at first.")
@click.option("--polls", default=50, show_default=True, type=click.IntRange(1), help="Stop after that many polls.")
@click.option("--fleet", default=0, metavar="N", type=click.IntRange(0), help="Simulate N devices of mixed types.")
@click.option("--types", default=",".join(TYPES), show_default=True, help="Types of a fleet, with commas between.")
@click.option("--at-once", default=32, show_default=True, type=click.IntRange(1), help="Devices of a fleet at once.")
@click.option("--distinct-addresses", is_flag=True, help="Let each device of a fleet call from its own 127.1.x.y.")
@click.option("--show-script", is_flag=True, help="Print each script as received, comments too.")
@click.option("--print-executed/--no-print-executed", default=None, help="Print what was executed (not for fleets).")
@click.option("--forever", is_flag=True, help="Never stop, and wait between polls as a real device does.")
@click.option("--pace", default=0.0, metavar="SECONDS", help="Wait so long between polls; by default not at all.")
@click.option("--factory/--no-factory", default=True, help="Be born with a certificate of a made-up factory (default).")
@click.option(
    "--authority",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the made-up factory's CA (PEM) in this file, made if missing: a server may be told to trust it.",
)
@click.option("--cert", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Client certificate, PEM.")
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its key, if elsewhere.")
@click.option("--ca", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Verify the server by these.")
@click.option("--post", is_flag=True, help="Upload with POST instead of PUT.")
@click.option("--content-length", is_flag=True, help="Upload with a content length instead of in chunks.")
@click.option("--keep-alive", is_flag=True, help="Use one connection for all calls of a poll instead of one for each.")
@click.option("--timeout", default=30.0, show_default=True, metavar="SECONDS", help="Give up a call after that.")
@click.pass_context
def simulate(context: click.Context, /, **given: Any) -> None:
    """Play a device whose Command File URL is URL, and tell what it does.

    The device polls until it is at rest: nothing changes any more, neither on the device nor in what it tells the
    server. A certificate, firmware and settings that it receives live as long as this command.

    \b
    What does a new phone get?
      updateserver simulate http://172.16.0.90/update/update.php
    And one device of the site, in two environments? Show every script as it was sent:
      updateserver simulate URL --type IP811 --sn 00-90-33-41-03-57 --env berlin,intranet --show-script
    Is a device trusted over mutual TLS?
      updateserver simulate https://172.16.0.90:444/update/update.php --cert phone.pem --ca site-ca.pem
    Can the server bear a power cut?
      updateserver simulate URL --fleet 500 --at-once 100
    And one of devices that show their certificates? (The server: serve --mtls 8444 --client-ca factory.pem)
      updateserver simulate https://127.0.0.1:8444/update/update.php --fleet 300 --authority factory.pem

    The exit code is 1 if anything went wrong: no answer, a status other than 200, a line that is not understood.
    """  # noqa: D301 -- click wants a real backspace before the lines that it is not to wrap
    wishes = Wishes(**given)
    if wishes.forever and wishes.fleet:
        raise click.UsageError("--forever is for one device, --fleet for many: choose one of them.")
    console = Console(highlight=False, markup=False, soft_wrap=True)
    try:
        wrong = _simulate_fleet(wishes, console) if wishes.fleet else _simulate_one(wishes, console)
    except ValueError as error:  # a serial number, certificate or key that cannot be
        raise click.UsageError(str(error)) from error
    context.exit(1 if wrong else 0)


def _simulate_one(wishes: Wishes, console: Console) -> bool:
    device = _equipped(
        wishes, Device(wishes.command_url, DeviceIdentity(wishes.type, wishes.sn, wishes.hwid, wishes.ip))
    )
    if wishes.factory and not wishes.cert:
        keys = KeyPool()
        device.equip(born_with(device.identity, wishes.made_up_factory(), keys))

    def tell(poll: PollRecord) -> None:
        _tell_poll(poll, device, wishes, console, executed=wishes.print_executed is not False)

    try:
        if wishes.forever:
            _poll_forever(device, tell)
        else:
            device.run_until_rest(wishes.polls, tell)
    except KeyboardInterrupt:
        console.print("interrupted")
    console.print(fleet_report.device_table([device]))
    return bool(device.counters["errors"])


def _simulate_fleet(wishes: Wishes, console: Console) -> bool:
    authority = wishes.made_up_factory() if wishes.factory and not wishes.cert else None
    fleet = make_fleet(
        wishes.command_url,
        wishes.fleet,
        [kind.strip() for kind in wishes.types.split(",")],
        authority=authority,
        distinct_addresses=wishes.distinct_addresses,
    )
    devices = [_equipped(wishes, device) for device in fleet]
    done, resting, lock = Counter[str](), set[str](), Lock()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[done]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        bar = progress.add_task("at rest", total=len(fleet), done="")

        def seen(device: Device, poll: PollRecord) -> None:
            if wishes.show_script or wishes.print_executed:
                _tell_poll(poll, device, wishes, console, executed=bool(wishes.print_executed))
            with lock:
                done.update(polls=1, errors=len(poll.errors))
                resting.update([device.identity.sn] if device.at_rest else [])
                progress.update(bar, completed=len(resting), done=f"{done['polls']} polls, {done['errors']} errors")

        report = run_fleet(devices, at_once=wishes.at_once, max_polls=wishes.polls, seen=seen)
    fleet_report.tell(report, fleet_report.report_console())
    return bool(report.errors)


def _equipped(wishes: Wishes, device: Device) -> Device:
    device.firmware, device.bootcode = wishes.firmware, wishes.bootcode
    device.pace = time.sleep if wishes.forever else wishes.pace
    device.network.timeout = wishes.timeout
    device.network.server_ca = wishes.ca
    device.network.method = "POST" if wishes.post else "PUT"
    device.network.chunked = not wishes.content_length
    device.network.keep_alive = wishes.keep_alive
    if wishes.cert:
        device.equip(Credential.from_pem(wishes.cert.read_bytes(), (wishes.key or wishes.cert).read_bytes()))
    return device


def _poll_forever(device: Device, tell: Callable[[PollRecord], None]) -> None:
    while True:
        tell(device.poll())
        device.wait()


def _tell_poll(poll: PollRecord, device: Device, wishes: Wishes, console: Console, *, executed: bool) -> None:
    lines = [f"{device.identity.hwid} polls {poll.url}"]
    if wishes.show_script:
        lines += [f"  | {line}" for line in poll.script.splitlines()]
    if executed:
        lines += [f"  > {line}" for line in poll.executed]
        lines += [f"  {call}  ({len(call.sent)} bytes sent, {len(call.body)} received)" for call in poll.calls[1:]]
    if dropped := len(poll.effective) - len(poll.executed):
        lines.append(f"  stopped by {poll.stopped}; lines dropped: {dropped}")
    lines += [f"  error: {error}" for error in poll.errors]
    changed = ", ".join(poll.changed) or "nothing"
    rest = "at rest" if device.at_rest else f"next poll in {device.next_poll:.0f} s"
    lines.append(f"  = {poll.status} in {poll.seconds:.2f} s; changed: {changed}; {rest}")
    console.print("\n".join(lines))
