"""Stored backups: their list, and the difference of two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fleet.conftest import Fleet
from updateserver.backups.difference import difference
from updateserver.backups.io.store import backup_content, backups_of
from updateserver.base.secrets import MASK

OLD = b"""config change PHONE SIG /prot SH323 /gk-addr pbx.example.com /tones 0
config change CMD0 /user admin,old-secret /name Lobby%20east
vars create MEDIA/TURN-PWD pc 0011
vars create PHONE/ACTIVE-USER p 0
mod cmd FLASHDIR0 add-item 101 (cn=A)
mod cmd FLASHDIR0 add-item 102 (cn=B)"""

HWID = "IP232-00-00-01"


def changes(old: bytes, new: bytes) -> list[tuple[str, str, str, str, str]]:
    return [(one.module, one.option, one.kind, one.old, one.new) for one in difference(old, new)]


def test_equal_backups_do_not_differ() -> None:
    assert changes(OLD, OLD.replace(b"\n", b"\r\n")) == []


def test_each_option_is_told_decoded() -> None:
    new = OLD.replace(b"Lobby%20east", b"K%C3%BCche").replace(b" /tones 0", b" /dnd")
    assert changes(OLD, new) == [
        ("PHONE SIG", "/dnd", "added", "", "on"),
        ("CMD0", "/name", "changed", "Lobby east", "Küche"),
        ("PHONE SIG", "/tones", "removed", "0", ""),
    ]


def test_entries_of_a_directory_are_lines_of_their_own() -> None:
    new = OLD.replace(b"mod cmd FLASHDIR0 add-item 101 (cn=A)\n", b"")
    assert changes(OLD, new) == [("FLASHDIR0", "", "removed", "add-item 101 (cn=A)", "")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("vars create MEDIA/TURN-PWD pc 0011", "vars create MEDIA/TURN-PWD pc 0022"),
        ("vars create A/B pc 0011", "vars create A/B pc 0022"),
        ("config change CMD0 /user admin,0011", "config change CMD0 /user admin,0022"),
        ("config change MEDIA /turn-pwd 0011", "config change MEDIA /turn-pwd 0022"),
        ("config change WLAN0 /wpa-psk 0011", "config change WLAN0 /wpa-psk 0022"),
        ("config change UP1 /url http://a:0011@b/", "config change UP1 /url http://a:0022@b/"),
        ("vars create PHONE/USER-REG/00001 p /pwd%200011", "vars create PHONE/USER-REG/00001 p /pwd%200022"),
        ("mod cmd MEDIA form /turn-pwd 0011", "mod cmd MEDIA form /turn-pwd 0022"),
    ],
)
def test_secrets_are_masked(old: str, new: str) -> None:
    for change in difference(old.encode(), new.encode()):
        assert change.is_secret
        assert "00" in change.old + change.new
        assert {change.masked.old, change.masked.new} <= {"", MASK}


@pytest.mark.parametrize(
    "line", ["config change", "config change ", "config change X", "vars create A", "/", "config add /"]
)
def test_odd_lines_are_compared_too(line: str) -> None:
    assert [change.kind for change in difference(line.encode(), b"")] == ["removed"]


def test_what_is_no_secret_is_not_masked() -> None:
    plain = list(difference(b"config change IP0 ETH0 /addr 1.2.3.4 /keypad 1", b""))
    assert not any(change.is_secret for change in plain)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_two_files_can_be_compared(old: bytes, new: bytes) -> None:
    for change in difference(old, new):
        assert "\n" not in change.old + change.new + change.module + change.option
    assert not list(difference(old, old))


def test_backups_are_listed_newest_first(fleet: Fleet) -> None:
    for number in (2, 10, 9):
        fleet.installation.put(f"backup/{HWID}/{HWID}.{number}.txt", "x" * number)
    fleet.installation.put(f"backup/{HWID}/notes.txt", "x")
    found = backups_of(fleet.root, fleet.config.backup, HWID)
    assert [(backup.number, backup.size) for backup in found] == [(10, 10), (9, 9), (2, 2)]
    assert backup_content(fleet.root, fleet.config.backup, HWID, 9) == b"x" * 9
    assert backup_content(fleet.root, fleet.config.backup, HWID, 1) is None


@pytest.mark.parametrize("hwid", ["", "..", "../config", "a/b"])
def test_only_names_of_devices_have_backups(fleet: Fleet, hwid: str) -> None:
    assert backups_of(fleet.root, fleet.config.backup, hwid) == []
    assert backup_content(fleet.root, fleet.config.backup, hwid, 1) is None
