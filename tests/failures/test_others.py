"""Others that the server depends on: the reference device, and DNS."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.failures.installation import TYPES, Installation, Served, has_everything
from updateserver.virtual.factory import DeviceAuthority
from updateserver.virtual.fleet import make_fleet, run_fleet
from updateserver.virtual.reference import Mood, VirtualReference

BUILDS = "13r7 IP811[13.7000], Bootcode[120000], Hardware[300] "


@pytest.mark.parametrize("mood", ["hang", "drip", "down", "garbage"])
def test_reference_device_that_is_ill_is_asked_once_and_harms_no_device(installation: Installation, mood: Mood) -> None:
    with VirtualReference(BUILDS, mood) as reference:
        installation.configure(master=f'info="{reference.url}"')
        with Served(installation) as server:
            devices = make_fleet(server.url, 12, TYPES)
            assert not run_fleet(devices, max_polls=3).errors
            assert reference.asked == 1
            assert len(server.lines("WARNING", "reference device", reference.url)) == 1
            assert not any(map(has_everything, devices))
            reference.mood = "well"
            (installation.root / "cache" / "master-info.xml.failed").unlink()  # as a minute later
            report = run_fleet(devices)
            assert not report.errors
            assert not report.restless
            assert all(map(has_everything, devices))


@pytest.fixture
def silent_dns(tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """A command that starts a program for which DNS is a server that never answers."""
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 127.53.53.53\n")
    within = ("unshare", "--mount", "sh", "-c", f'mount --bind {resolver} /etc/resolv.conf && exec "$@"', "sh")
    tried = subprocess.run([*within, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no other resolv.conf can be had here, that takes root: {tried.stderr.strip()}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.53.53.53", 53))
        yield within


def test_dns_that_hangs_is_told_and_not_waited_for_by_each_device(
    installation: Installation, silent_dns: tuple[str, ...]
) -> None:
    installation.configure(certs='dir="certs" CAname="My CA" CSRsan-dns-1="{rdns}"')
    with Served(installation, within=silent_dns) as server:
        devices = make_fleet(server.url, 40, ["IP232"], authority=DeviceAuthority(), distinct_addresses=True)
        report = run_fleet(devices, at_once=40, max_polls=4)
        assert not report.errors
        assert 1 <= len(server.lines("DNS does not answer", "addresses stand for names")) < len(devices)
