"""Attempts to fill the disk with invented devices: what is sent, and what is left of it.

The server is called from 192.0.2.7 unless an attempt says otherwise. Limits are small here: the defaults let a fleet of
50,000 in, all from one address.
"""

import os
from pathlib import Path

import pytest

from tests.attacks.calling import OTHER, SNIPPET, STRANGER, Attacked, invented
from tests.site import SN, Site, effective, site
from updateserver.device.io import expiry
from updateserver.device.io.room import Room
from updateserver.findings.io.all import examined, load

__all__ = ["site"]

MANY = 400  # of 10,000 the same is left, which takes longer


@pytest.fixture
def attacked(site: Site) -> Attacked:
    return Attacked(site)


def test_of_many_invented_devices_of_one_address_few_are_kept(attacked: Attacked) -> None:
    attacked.configure('newperhour="20"')
    for number in range(MANY):
        assert attacked.poll(invented(number))[0] == 200
    assert attacked.states == 20
    assert attacked.refused("status/@newperhour") == MANY - 20
    room = sum(path.stat().st_blocks * 512 for path in attacked.site.root.rglob("*") if path.is_file())
    assert room < 4 << 20


def test_what_is_not_kept_is_served_all_the_same(attacked: Attacked) -> None:
    attacked.configure('newperhour="1"')
    first, second = (attacked.poll(invented(number))[1] for number in range(2))
    assert SNIPPET in effective(second)
    assert effective(second) == effective(first)
    assert "more than 1 new devices" in second


def test_known_devices_and_other_addresses_go_on_during_a_flood(attacked: Attacked) -> None:
    attacked.configure('newperhour="5"')
    attacked.poll(SN)
    for number in range(20):
        attacked.poll(invented(number))
    seen = attacked.site.state().get("seen")
    assert attacked.backup(SN, "IP232-30-00-af")[0] == 200
    assert attacked.poll(SN)[0] == 200
    assert attacked.site.state().find("device").get("backup")
    assert seen
    assert attacked.states == 5
    attacked.poll(invented(1000), OTHER)
    assert attacked.states == 6


def test_a_whole_ipv6_network_is_one_address(attacked: Attacked) -> None:
    attacked.configure('newperhour="5"')
    for number in range(30):
        attacked.poll(invented(number), f"2001:db8:0:1:{number:x}::1")
    assert attacked.states == 5


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"])
def test_the_address_that_counts_is_not_the_callers_word(attacked: Attacked, header: str) -> None:
    attacked.configure('newperhour="5"')
    for number in range(30):
        told = f"10.0.0.{number}" if header == "HTTP_X_FORWARDED_FOR" else f"for=10.0.0.{number}"
        attacked.poll(invented(number), **{header: told})
    assert attacked.states == 5


def test_backups_of_invented_devices_are_limited_too(attacked: Attacked) -> None:
    attacked.configure('newperhour="5"')
    statuses = [attacked.backup(invented(number), f"IP232-{number}")[0] for number in range(200)]
    assert statuses == [200] * 5 + [429] * 195
    assert (attacked.states, attacked.backups) == (5, 5)
    assert attacked.refused("status/@newperhour") == 195


@pytest.mark.parametrize("same", ["hwid", "sn"])
def test_half_of_a_name_may_not_be_invented_either(attacked: Attacked, same: str) -> None:
    attacked.configure('newperhour="5"')
    attacked.poll(SN)
    attacked.backup(SN, "IP232-30-00-af")
    for number in range(30):
        sn, hwid = (SN, f"IP232-{number}") if same == "sn" else (invented(number), "IP232-30-00-af")
        attacked.backup(sn, hwid)
    assert attacked.states <= 5
    assert attacked.backups <= 5


def test_backups_without_a_serial_number_are_limited_too(attacked: Attacked) -> None:
    attacked.configure('newperhour="5"')
    for number in range(30):
        attacked.ask(f"mode=backup&hwid=IP232-{number}", b"config x")
    assert attacked.backups == 5


def test_states_take_so_much_room_in_total(attacked: Attacked) -> None:
    attacked.configure('newperhour="" maxtotal="40960"')
    for number in range(50):
        attacked.poll(invented(number), OTHER if number % 2 else STRANGER)
    assert attacked.states == 10
    attacked.poll(invented(0))
    attacked.poll(invented(60))
    assert attacked.refused("status/@maxtotal") == 41


def test_backups_take_so_much_room_in_total(attacked: Attacked) -> None:
    attacked.configure('newperhour="0"', 'maxtotal="1000000"')
    statuses = [attacked.backup(invented(number), f"IP232-{number}", content=b"x" * 200_000)[0] for number in range(9)]
    assert statuses == [200] * 4 + [507] * 5
    assert attacked.backup(invented(0), "IP232-0", content=b"y" * 200_000)[0] == 200
    assert attacked.refused("backup/@maxtotal") == 5


def test_room_is_measured_anew_by_the_clean_up(attacked: Attacked) -> None:
    attacked.configure('newperhour="" maxtotal="40960"')
    for number in range(50):
        attacked.poll(invented(number))
    for path in (attacked.site.root / "status").glob("*.xml"):
        path.unlink()
    config, _, _ = load(attacked.site.root)
    assert config
    expiry.measure(attacked.site.root, config, attacked.site.root / "cache/locks")
    for number in range(50, 100):
        attacked.poll(invented(number))
    assert attacked.states > 5


def test_what_grew_otherwise_counts_once_it_is_measured(attacked: Attacked) -> None:
    attacked.configure('maxtotal="1000000"')
    attacked.poll(SN)
    attacked.site.put("status/old.xml", b"x" * 2_000_000)
    config, _, _ = load(attacked.site.root)
    assert config
    expiry.measure(attacked.site.root, config, attacked.site.root / "cache/locks")
    attacked.poll(invented(1))
    assert attacked.states == 2
    assert any("bytes are used" in finding.message for finding in examined(attacked.site.root).findings)


def test_nothing_new_is_kept_when_the_disk_is_nearly_full(attacked: Attacked) -> None:
    attacked.poll(SN)
    attacked.configure(f'minfree="{1 << 60}"')
    assert attacked.poll(invented(1))[0] == 200
    assert attacked.backup(invented(1), "IP232-1")[0] == 507
    assert attacked.poll(SN)[0] == 200
    assert attacked.states == 1
    assert attacked.refused("status/@minfree") == 2


def test_a_fleet_of_50000_behind_one_address_fits_the_defaults(site: Site) -> None:
    config, _, _ = load(site.root)
    assert config
    assert config.status.newperhour >= 50_000
    assert config.status.maxtotal >= 50_000 * 300_000
    assert config.backup.maxtotal >= 50_000 * 2 * config.backup.nbackups * 200_000
    assert not config.status.is_restricted


@pytest.mark.parametrize("content", ['{"status": "x"}', "[]", "{", '{"status": -5}', '{"status": 1e400}'])
def test_a_damaged_count_of_the_room_begins_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "room.json").write_text(content)
    assert Room(tmp_path, tmp_path / "locks").used() == {}
    assert Room(tmp_path, tmp_path / "locks").take("status", 1, 4096)
    assert not Room(tmp_path, tmp_path / "locks").take("status", 1, 4096)


def test_a_plain_poll_of_a_known_device_costs_nothing_more(attacked: Attacked) -> None:
    attacked.configure('newperhour="5"')
    attacked.poll(SN)
    before = {path.name: path.stat().st_mtime_ns for path in (attacked.site.root / "cache").iterdir()}
    os.truncate(attacked.site.root / "cache/counts-new-status", 0)
    attacked.poll(SN)
    assert (attacked.site.root / "cache/counts-new-status").stat().st_size == 0
    assert before["room.json"] == (attacked.site.root / "cache/room.json").stat().st_mtime_ns
