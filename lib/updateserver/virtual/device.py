"""One virtual device: it polls, obeys the script, and remembers.

Use one device in one thread only. Nothing sleeps, unless `pace` says so.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from updateserver.virtual.credential import Credential, KeyFactory, new_key
from updateserver.virtual.identity import DeviceIdentity
from updateserver.virtual.network import Network
from updateserver.virtual.poll import PollRecord
from updateserver.virtual.script import decoded
from updateserver.virtual.storage import DATE, Configuration, Variables
from updateserver.virtual.up1 import ScriptRun
from updateserver.virtual.x509 import X509

if TYPE_CHECKING:
    from updateserver.virtual.script import Option

OK = 200
INTERVAL = 15  # minutes between two polls, where nothing else is configured
SERIALS = ("BOOT", "PROT", "CHECK", "BMC", "CFG", "SCFG", "CFG-BACKUP-NUM")


def local_time() -> datetime:
    """Tell the time where the device stands."""
    return datetime.now(UTC).astimezone()


@dataclass(eq=False)
class Device:
    """A phone or gateway, or a program that plays one.

    `command_url` is the Command File URL to start with. `new` devices may run scripts outside the allowed hours for
    a while. One that `verifies` calls servers by HTTPS only if it trusts their certificates, or their authorities', by
    variables `X509/TRUSTED/...`. `idle` is false during a phone call: resets that can wait do so. `pace` is called
    before each poll but the first with the seconds that a real device would wait; a number is slept instead.
    """

    command_url: str
    identity: DeviceIdentity = field(default_factory=DeviceIdentity)
    credential: Credential | None = None  # shown to servers that ask: the factory's, or one's own
    network: Network = field(default_factory=Network)
    firmware: str = "120000"  # the running build
    bootcode: str = "120000"
    new: bool = True
    idle: bool = True
    busy_polls: int = 1  # that making a certificate request takes
    dhcp_url: str = ""
    verifies: bool = False
    keys: KeyFactory = new_key
    clock: Callable[[], datetime] = local_time
    pace: Callable[[float], object] | float = 0.0

    configuration: Configuration = field(init=False)  # as edited; `saved` survives a reset, `active` is in force
    saved: Configuration = field(init=False)
    active: Configuration = field(init=False)
    variables: Variables = field(init=False, default_factory=Variables)
    x509: X509 = field(init=False)
    loaded: dict[str, str] = field(init=False, default_factory=dict)  # builds that run after the next reset
    told: dict[str, str] = field(init=False, default_factory=dict)  # by URL, what was uploaded last
    kept: dict[str, str] = field(init=False, default_factory=dict)  # what scripts had the update client keep: setvar
    counters: Counter[str] = field(init=False, default_factory=Counter)  # polls, uploads, loads, resets, errors
    reset_needed: bool = field(init=False, default=False)
    reset_waiting: bool = field(init=False, default=False)  # until the device is idle
    provision: int = field(init=False, default=0)  # seconds to the next poll; 0 off
    next_poll: float = field(init=False, default=0.0)  # seconds to wait for it
    at_rest: bool = field(init=False, default=False)  # nothing changed in the last poll, and nothing is to come
    started: datetime = field(init=False)  # for the first time

    def __post_init__(self) -> None:
        self.configuration = _factory_settings(self.identity, self.command_url)
        self.saved, self.active = self.configuration.copy(), self.configuration.copy()
        self.x509 = X509(self.credential, self.keys, self.busy_polls)
        self.started = self.clock()
        self.network.present(self.credential)
        self._trust()

    def equip(self, credential: Credential) -> None:
        """Give the device a certificate, in place of the one it has."""
        self.credential = self.x509.credential = credential
        self.network.present(credential)

    @property
    def url(self) -> str:
        """The Command File URL in force, with its `#m` and the like."""
        if self.dhcp_url and self.active.option("UP1", "/no-dhcp") is None:
            return self.dhcp_url
        return self.active.option("UP1", "/url") or ""

    @property
    def interval(self) -> int:
        """Seconds between two polls, as configured."""
        return 60 * (_number(self.active.option("UP1", "/poll")) or INTERVAL)

    @property
    def version(self) -> str:
        """The version as a device writes it: `13r1 dvl IP811[13.A127], Bootcode[113454], Hardware[300] `."""
        release, build = self.firmware[:2], self.firmware[2:]
        return f"{release}r1 dvl {self.identity.type}[{release}.{build}], Bootcode[{self.bootcode}], Hardware[300] "

    @property
    def poll_url(self) -> str:
        """The URL of the next poll: `#m` and the like replaced, the update client's own arguments appended."""
        own = {"ver": self.version}
        for name in SERIALS:
            serial, date = self.variables.serial(name), self.variables.serial_date(name)
            if serial is not None and date is not None:
                own |= {name: serial, f"{name}date": date.strftime(DATE)}
        url = self.identity.fill(self.url)
        return url + ("&" if "?" in url else "?") + "&".join(f"{name}={quote(own[name], safe='')}" for name in own)

    def shown(self, serial: str) -> str:
        """Return a serial as the device's page "Current Update Serials" shows it, "" where it has none."""
        return decoded(self.variables.serial(serial) or "")

    def running(self, kind: str) -> str:
        """Tell the running build of the firmware (`prot`) or boot code (`boot`)."""
        return self.firmware if kind == "prot" else self.bootcode

    def dump(self) -> str:
        """Write configuration and variables as the script that would make them."""
        return "".join(f"{line}\r\n" for line in (*self.configuration.dump(), *self.variables.dump()))

    def poll(self) -> PollRecord:
        """Poll once: fetch the script and run it. A device without an update URL does nothing, and is at rest."""
        if not self.url:
            self.at_rest = True
            return PollRecord("", stopped="no update URL")
        before, resets, begin = self._condition(), self.counters["resets"], time.perf_counter()
        if self.reset_waiting and self.idle:
            self.restart()
        poll = PollRecord(self.poll_url)
        call = self.network.fetch(poll.url)
        poll.calls.append(call)
        poll.status, poll.body = call.status, call.body
        if call.status == OK:
            self._obey(poll)
        else:
            poll.stopped = call.error or f"status {call.status}"
            poll.errors.append(f"{call.method} {call.url}: {poll.stopped}")
        self.network.hang_up()
        after = self._condition()
        poll.changed += [name for name, value in after.items() if value != before[name]]
        poll.changed += ["reset"] if self.counters["resets"] > resets else []
        poll.poll_again = after["url"] != before["url"]
        poll.seconds = time.perf_counter() - begin
        self._plan(poll)
        return poll

    def run_until_rest(
        self, max_polls: int = 50, seen: Callable[[PollRecord], object] | None = None
    ) -> list[PollRecord]:
        """Poll until nothing changes any more (then `at_rest` is true), or that many times.

        At rest, nothing was wrong in the last poll, nothing is different after it on the device or in what it uploads,
        and it is not in provisioning. `seen` is called after each poll.
        """
        polls: list[PollRecord] = []
        self.at_rest = False
        while len(polls) < max_polls and not self.at_rest:
            if polls:
                self.wait()
            polls.append(self.poll())
            if seen:
                seen(polls[-1])
        return polls

    def wait(self) -> None:
        """Let the time to the next poll pass, at the device's pace."""
        if callable(self.pace):
            self.pace(self.next_poll)
        elif self.pace:
            time.sleep(self.pace)

    def restart(self) -> None:
        """Reset, or lose and regain power: unsaved configuration is lost, loaded builds run."""
        self.configuration, self.active = self.saved.copy(), self.saved.copy()
        self.firmware = self.loaded.pop("prot", self.firmware)
        self.bootcode = self.loaded.pop("boot", self.bootcode)
        self.provision = _number(self.saved.option("UP1", "/provision"))
        self.reset_needed = self.reset_waiting = False
        self.counters["resets"] += 1

    def _obey(self, poll: PollRecord) -> None:
        script = ScriptRun(self, poll)
        script.run()
        try:
            self.x509.end_poll(self.variables, self.clock())
        except ValueError as error:
            poll.errors.append(f"X509: {error}")
        self.network.present(self.x509.credential)
        self._trust()
        if script.resetting:
            self.restart()

    def _trust(self) -> None:
        if self.verifies:
            names = self.variables.below("X509/TRUSTED")
            self.network.trust(tuple(self.variables.value(name) or "" for name in names))

    def _plan(self, poll: PollRecord) -> None:
        self.counters["polls"] += 1
        self.counters["errors"] += len(poll.errors)
        to_come = self.provision or self.reset_waiting or self.x509.busy
        self.at_rest = not (poll.errors or poll.changed or to_come)
        self.next_poll = float(self.provision or self.interval)
        if "reset" in poll.changed:
            self.next_poll = float(self.interval)
        elif poll.poll_again:
            self.next_poll = 0.0

    def _condition(self) -> dict[str, Any]:
        return {
            "url": self.url,
            "configuration": self.configuration.copy(),
            "variables": self.variables.values(),
            "firmware": (self.firmware, self.bootcode),
            "loaded": dict(self.loaded),
            "certificate": (self.x509.credential, self.x509.busy),
            "provision": self.provision,
        }


def _factory_settings(identity: DeviceIdentity, url: str) -> Configuration:
    update: list[Option] = [("/url", url), ("/poll", str(INTERVAL))]
    address: list[Option] = [("/addr", identity.ip), ("/mask", "255.255.0.0")]
    return Configuration({"CMD0": [], "ETH0": address, "UP1": update})


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
