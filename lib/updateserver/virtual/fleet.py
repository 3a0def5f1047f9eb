"""Many devices at once, as after a power cut: all of them start at the same moment.

Each device has a thread to itself while it runs; how many run at once is bounded.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from heapq import nlargest
from threading import Event

from updateserver.virtual.credential import Credential, KeyPool
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority, self_signed
from updateserver.virtual.identity import TYPES, DeviceIdentity, identities
from updateserver.virtual.network import HttpCall, Network
from updateserver.virtual.poll import PollRecord

SLOWEST = 10


@dataclass(frozen=True, slots=True)
class DeviceResult:
    """How one device fared."""

    device: Device
    at_rest: bool
    polls: int
    uploads: int
    loads: int
    resets: int
    seconds: float  # until it was at rest, or gave up
    errors: tuple[str, ...]
    slowest: tuple[HttpCall, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """How a fleet fared."""

    outcomes: tuple[DeviceResult, ...]
    seconds: float

    @property
    def polls(self) -> int:
        """Polls of all devices."""
        return sum(outcome.polls for outcome in self.outcomes)

    @property
    def uploads(self) -> int:
        """Uploads of all devices."""
        return sum(outcome.uploads for outcome in self.outcomes)

    @property
    def loads(self) -> int:
        """Loads of firmware and boot code of all devices."""
        return sum(outcome.loads for outcome in self.outcomes)

    @property
    def errors(self) -> tuple[str, ...]:
        """What went wrong anywhere, each with the hardware id before it."""
        return tuple(f"{one.device.identity.hwid}: {error}" for one in self.outcomes for error in one.errors)

    @property
    def restless(self) -> tuple[Device, ...]:
        """The devices that did not settle."""
        return tuple(outcome.device for outcome in self.outcomes if not outcome.at_rest)

    @property
    def slowest(self) -> list[HttpCall]:
        """The slowest calls of all devices, the slowest first."""
        return _slowest([call for outcome in self.outcomes for call in outcome.slowest])


def make_fleet(
    url: str,
    count: int,
    types: Sequence[str] = TYPES,
    *,
    authority: DeviceAuthority | None = None,
    distinct_addresses: bool = False,
) -> list[Device]:
    """Make devices of mixed types that share a few keys.

    With an authority, each has a certificate: hardware the authority's, programs a self-signed one. With distinct
    addresses, each calls from a loopback address of its own.
    """
    keys = KeyPool()
    fleet = []
    for number, identity in enumerate(identities(count, types), start=1):
        address = f"127.1.{number // 250}.{number % 250 + 1}" if distinct_addresses else ""
        known = replace(identity, ip=address or identity.ip)
        credential = born_with(known, authority, keys) if authority else None
        fleet.append(Device(url, known, credential, Network(address=address), keys=keys))
    return fleet


def born_with(identity: DeviceIdentity, authority: DeviceAuthority, keys: KeyPool) -> Credential:
    """Make the certificate that a device of this type leaves the factory with; a program makes its own."""
    return self_signed(identity, keys=keys) if identity.soft else authority.issue(identity)


def run_fleet(
    devices: Sequence[Device],
    *,
    at_once: int = 32,
    max_polls: int = 50,
    seen: Callable[[Device, PollRecord], object] | None = None,
) -> Report:
    """Run devices until each is at rest, or has polled that many times.

    `seen` is called after each poll, in the device's thread.
    """
    power = Event()

    def run(device: Device) -> DeviceResult:
        power.wait()
        return _run(device, max_polls, seen)

    with ThreadPoolExecutor(at_once) as threads:
        futures = [threads.submit(run, device) for device in devices]
        begin = time.perf_counter()
        power.set()
        try:
            outcomes = tuple(future.result() for future in futures)
        finally:
            threads.shutdown(cancel_futures=True)  # after Ctrl-C, those that did not start yet stay off
    return Report(outcomes, time.perf_counter() - begin)


def _run(device: Device, max_polls: int, seen: Callable[[Device, PollRecord], object] | None) -> DeviceResult:
    begin, before = time.perf_counter(), device.counters.copy()
    polls = device.run_until_rest(max_polls, lambda poll: seen(device, poll) if seen else None)
    done = device.counters - before
    return DeviceResult(
        device,
        device.at_rest,
        polls=done["polls"],
        uploads=done["uploads"],
        loads=done["loads"],
        resets=done["resets"],
        seconds=time.perf_counter() - begin,
        errors=tuple(error for poll in polls for error in poll.errors),
        slowest=tuple(_slowest([call for poll in polls for call in poll.calls])),
    )


def _slowest(calls: Sequence[HttpCall]) -> list[HttpCall]:
    return nlargest(SLOWEST, calls, key=lambda call: call.seconds)
