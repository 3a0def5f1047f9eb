"""A whole site after a power cut: devices of six types stage, answer queries, are backed up and change firmware.

Thirty of them; UPDATESERVER_FLEET=300 makes it as many as in docs/failure-modes.md.
"""

import os
from pathlib import Path

import pytest

from tests.failures.installation import TYPES, Installation, Served, has_everything
from tests.ports import free_port
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority
from updateserver.virtual.fleet import make_fleet, run_fleet

FLEET = int(os.environ.get("UPDATESERVER_FLEET", "30"))


def all_come_to_rest(devices: list[Device], installation: Installation) -> None:
    report = run_fleet(devices)
    assert not report.errors
    assert not report.restless
    assert all(map(has_everything, devices))
    states = installation.states()
    assert states.keys() == {device.identity.sn for device in devices}
    assert all(state.find("queries/admin/info") is not None for state in states.values())
    assert len({name.partition("/")[0] for name in installation.backups()}) == FLEET
    assert not installation.temporaries()


def test_fleet_comes_to_rest_by_http(installation: Installation) -> None:
    with Served(installation, "--quiet") as server:
        all_come_to_rest(make_fleet(server.url, FLEET, TYPES), installation)
        assert server.log == ""


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("factory") / "factory.pem"


def test_fleet_is_sent_to_mutual_tls_and_trusted_there(installation: Installation, factory: Path) -> None:
    port = free_port()
    installation.configure(times=f'grace="0" forcehttps="true" forcetrust="true" httpsport="{port}"')
    authority = DeviceAuthority.kept_in(factory)
    with Served(installation, "--quiet", "--mtls", str(port), "--client-ca", str(factory)) as server:
        devices = make_fleet(server.url, FLEET, TYPES, authority=authority)
        for device in devices:
            device.network.keep_alive = True
        all_come_to_rest(devices, installation)
        assert all(device.url.startswith(f"https://127.0.0.1:{port}/update/update.php?") for device in devices)
        assert server.log == ""


def test_stranger_gets_no_snippets_there(installation: Installation, factory: Path) -> None:
    port = free_port()
    installation.configure(times=f'grace="0" forcehttps="true" forcetrust="true" httpsport="{port}"')
    authority = DeviceAuthority.kept_in(factory)
    with Served(installation, "--mtls", str(port), "--client-ca", str(factory)) as server:
        nobody, impostor, device = make_fleet(server.url, 3, ["IP232"])
        impostor.equip(authority.issue(device.identity))
        device.equip(authority.issue(device.identity))
        run_fleet([nobody, impostor, device], max_polls=10)
        assert [has_everything(one) for one in (nobody, impostor, device)] == [False, False, True]
        assert not any(option.startswith("/update") for option in str(list(impostor.saved.dump())).split())
