"""Disks that are full, read-only or not there: no device is harmed, and all is well once the admin has helped."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.failures.conftest import Mount
from tests.failures.installation import FOLDERS, TYPES, Installation, Served, has_everything
from updateserver.virtual.device import Device
from updateserver.virtual.fleet import Report, make_fleet, run_fleet
from updateserver.virtual.reference import VirtualReference

STORED_BY_UPLOADS = ("status", "backup", "cache")  # the locks lie in cache/


def fleet_at(server: Served) -> list[Device]:
    return make_fleet(server.url, len(TYPES), TYPES)


def during_the_fault(devices: list[Device]) -> Report:
    return run_fleet(devices, max_polls=4)


def all_is_well_again(devices: list[Device]) -> None:
    report = run_fleet(devices)
    assert not report.errors
    assert not report.restless
    assert all(map(has_everything, devices))


def fill(folder: Path) -> Path:
    """Write until the disk is full."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)) == 4096:
                pass
        except OSError:
            pass
    return filler


@pytest.mark.parametrize("folder", ["status", "backup"])
def test_full_disk_refuses_uploads_and_keeps_what_was_there(
    installation: Installation, mount: Mount, folder: str
) -> None:
    mount(installation.root / folder, "-t", "tmpfs", "-o", "size=256k", "tmpfs")
    with Served(installation) as server:
        devices = fleet_at(server)
        run_fleet(devices, max_polls=2)
        states, backups = installation.states().keys(), installation.backups()
        filler = fill(installation.root / folder)
        for device in devices:
            device.variables.create("CHANGED", "p", "x", device.clock())  # so that there is something new to back up
        report = during_the_fault(devices)
        assert report.errors
        assert all("PUT" in error and "status 500" in error for error in report.errors)
        assert installation.states().keys() >= states
        assert installation.backups().items() >= backups.items()
        assert not installation.temporaries()
        assert server.lines("No space left on device", f"/{folder}/", "(free some space)")
        filler.unlink()
        all_is_well_again(devices)


def test_full_disk_for_the_reference_devices_answer_costs_no_device_its_firmware(
    installation: Installation, mount: Mount
) -> None:
    mount(installation.root / "cache", "-t", "tmpfs", "-o", "size=64k", "tmpfs")
    fill(installation.root / "cache")
    with VirtualReference("13r7 IP811[13.7000], Bootcode[120000], Hardware[300] ") as reference:
        installation.configure(master=f'info="{reference.url}"')
        with Served(installation) as server:
            all_is_well_again(fleet_at(server))
            assert reference.asked < len(TYPES)
            assert server.lines("No space left on device", "cache/master-info.xml", "(free some space)")


def read_only(folder: Path, mount: Mount) -> Callable[[], object]:
    mount(folder, "--bind", str(folder))
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True, capture_output=True)
    return lambda: subprocess.run(["mount", "-o", "remount,bind,rw", folder], check=True, capture_output=True)


@pytest.mark.parametrize("folder", FOLDERS)
def test_read_only_folder_is_told_and_does_not_harm_devices(
    installation: Installation, mount: Mount, folder: str
) -> None:
    installation.configure(certs='dir="certs"')
    (installation.root / folder).mkdir(exist_ok=True)
    help_it = read_only(installation.root / folder, mount)
    with Served(installation) as server:
        devices = fleet_at(server)
        report = during_the_fault(devices)
        if folder in STORED_BY_UPLOADS:
            # nobody asked a device of which the server could not keep that it polled
            assert all("status 500" in one or ("mode=query" in one and "status 400" in one) for one in report.errors)
            assert all("PUT" in error for error in report.errors)
            assert server.lines("Read-only file system", f"/{folder}/", "(mount it for writing)")
        else:
            assert not report.errors
            assert "Read-only" not in server.log
        help_it()
        all_is_well_again(devices)


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_that_is_a_file_is_told_and_does_not_harm_devices(installation: Installation, folder: str) -> None:
    installation.configure(certs='dir="certs"')
    aside = installation.root / f"{folder}.aside"
    if (installation.root / folder).exists():
        (installation.root / folder).rename(aside)
    (installation.root / folder).write_text("not a folder")
    with Served(installation) as server:
        devices = fleet_at(server)
        report = during_the_fault(devices)
        assert not any(device.at_rest for device in devices if folder in STORED_BY_UPLOADS)
        if folder == "scripts":
            assert all("GET" in error and "status 500" in error for error in report.errors)
            assert not any(map(has_everything, devices))
        assert server.lines(folder, "(a file lies where a folder should be: remove it)")
        (installation.root / folder).unlink()
        if aside.exists():
            aside.rename(installation.root / folder)
        all_is_well_again(devices)


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_that_vanishes_is_made_again_or_missed(installation: Installation, folder: str) -> None:
    installation.configure(certs='dir="certs"')
    with Served(installation) as server:
        devices = fleet_at(server)
        run_fleet(devices, max_polls=1)
        aside = installation.root / f"{folder}.aside"
        (installation.root / folder).rename(aside)
        report = run_fleet(devices, max_polls=4)
        if folder == "scripts":
            assert all("GET" in error and "status 500" in error for error in report.errors)
            assert server.lines("scripts", "No such file or directory", "(make the folder again)")
            aside.rename(installation.root / folder)
        else:
            assert not report.errors
            shutil.rmtree(aside)
        all_is_well_again(devices)
