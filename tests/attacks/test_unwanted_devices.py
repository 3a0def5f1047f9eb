"""Attempts to be served, or stored, as a device that the site does not want: status/@accept and status/@approve."""

import time
from pathlib import Path

import pytest

from tests.attacks.calling import OTHER, SNIPPET, Attacked, invented
from tests.site import HWID, SN, Site, effective, site
from updateserver.device.admission import MANY, UnknownDevice, accepted, with_one_more
from updateserver.findings.io.all import examined
from updateserver.poll.io.unknown_devices import UnknownDevices, accept, refuse

__all__ = ["site"]

FOREIGN = "00-0c-29-12-34-56"
NUMBERS = ["00-90-33-30-00-af", "0090333000AF", "00:90:33:30:00:af", "00.90.33.30.00.af", "0090.3330.00af"]
PATTERNS = ["00-90-33-*", "009033*", "00:90:33:3?:*", "0090333000??", "*-30-00-AF", "*", "**3000a*"]


@pytest.fixture
def attacked(site: Site) -> Attacked:
    return Attacked(site)


def kept(attacked: Attacked) -> list[str]:
    """Return what lies in the folders of data."""
    return [name for folder in ("status", "backup", "certs") for name in attacked.site.names(folder)]


@pytest.mark.parametrize("entry", NUMBERS + PATTERNS)
def test_a_number_is_accepted_however_it_is_written(entry: str) -> None:
    assert accepted([FOREIGN, entry]).has(SN)
    assert not accepted([entry]).has(FOREIGN) or entry == "*"


@pytest.mark.parametrize(
    "entry", ["00-90-33-30-00-a", "3000af", "30-00-af", "00-90-33", "?", "00-90-33-30-00-a?-00", ""]
)
def test_part_of_a_number_accepts_nobody(entry: str) -> None:
    assert not accepted([entry]).has(SN)


def test_a_name_that_is_no_number_is_accepted_by_itself_or_a_pattern() -> None:
    assert accepted(["soft-phone1"]).has("soft-phone1")
    assert accepted(["soft-*"]).has("soft-phone1")
    assert not accepted(["soft-*", "009033*"]).has("xsoft-phone1")


@pytest.mark.parametrize("sn", [FOREIGN, "000C29123456", "00:0c:29:12:34:56", "x", "00-90-33-30-00-af-x", "x009033"])
def test_who_is_not_accepted_gets_a_line_and_nothing_is_written(attacked: Attacked, sn: str) -> None:
    attacked.configure('accept="00-90-33-*"', more='<customcerts dir="certs"/>')
    for status, text in (
        attacked.poll(sn),
        attacked.backup(sn, "IP232-12-34-56"),
        attacked.backup(sn, HWID),
        attacked.ask(f"mode=query&sn={sn}&id=admin", b"<info/>"),
        attacked.ask(
            f"mode=vardump&sn={sn}&var=X509/REQUESTERROR&file=certs/{sn}-requesterror", b"X509/REQUESTERROR p x"
        ),
    ):
        assert status == 403
        assert "accepted" in text
        assert effective(text) == []
    assert kept(attacked) == []
    assert attacked.refused("status/@accept") == 5


def test_a_first_contact_may_say_too_little_but_not_a_wrong_number(attacked: Attacked) -> None:
    attacked.configure('accept="009033*"')
    assert attacked.ask("")[0] == 200
    assert attacked.ask(f"sn={FOREIGN}")[0] == 403
    assert attacked.ask(f"sn={SN}")[0] == 200


def test_who_is_accepted_is_served_as_ever(attacked: Attacked) -> None:
    attacked.configure('accept="0090333000AF"')
    assert SNIPPET in effective(attacked.poll(SN)[1])
    assert SNIPPET in effective(attacked.poll("00:90:33:30:00:AF")[1])
    assert attacked.backup(SN, HWID)[0] == 200
    assert attacked.states == 1


def test_a_list_that_is_set_later_holds_for_known_devices_too(attacked: Attacked) -> None:
    attacked.configure()
    attacked.poll(FOREIGN)
    attacked.configure('accept="009033*"')
    assert attacked.poll(FOREIGN)[0] == 403


def test_a_backup_without_a_number_is_taken_from_known_hardware_only(attacked: Attacked) -> None:
    attacked.configure('accept="009033*"')
    assert attacked.ask(f"mode=backup&hwid={HWID}", b"config x")[0] == 403
    assert attacked.backup(SN, HWID)[0] == 200
    assert attacked.ask(f"mode=backup&hwid={HWID}", b"config y")[0] == 200
    assert attacked.backups == 1


@pytest.mark.parametrize(
    "content",
    [f"{SN}\n", "# ours\n\n  0090333000AF  # lobby\r\n", f'\ufeff"{SN}";IP232;lobby\n', f"{SN},IP232\n", "009033*"],
)
def test_a_file_names_accepted_numbers_too(attacked: Attacked, content: str) -> None:
    attacked.configure('accept="00-01-3e-*, config/devices.txt"')
    attacked.site.put("config/devices.txt", content)
    assert attacked.poll(SN)[0] == 200
    assert attacked.poll(FOREIGN)[0] == 403
    assert attacked.poll("00-01-3e-00-00-01")[0] == 200


def test_a_changed_file_counts_at_once(attacked: Attacked) -> None:
    attacked.configure('accept="config/devices.txt"')
    attacked.site.put("config/devices.txt", "", age=100)
    assert attacked.poll(SN)[0] == 403
    attacked.site.put("config/devices.txt", SN, age=50)
    assert attacked.poll(SN)[0] == 200


def test_while_the_file_cannot_be_read_nobody_is_refused_for_good(attacked: Attacked) -> None:
    attacked.configure('accept="config/devices.txt"')
    assert attacked.poll(SN)[0] == 500
    assert kept(attacked) == []
    assert any("the list cannot be read" in finding.message for finding in examined(attacked.site.root).findings)


@pytest.mark.parametrize("entry", ["30-00-af", "devices.txt", "00-90-33-3g-*", "00-90-33-30-00-00-00"])
def test_an_entry_that_means_nobody_is_told(attacked: Attacked, entry: str) -> None:
    attacked.configure(f'accept="{entry}"')
    assert any("names no serial number" in finding.message for finding in examined(attacked.site.root).findings)


def waiting(attacked: Attacked) -> list[str]:
    return sorted(UnknownDevices(attacked.site.root / "status", attacked.site.root / "cache/locks").all())


def decided(attacked: Attacked, decide: str, sn: str) -> bool:
    from updateserver.poll.io.installation import Installation  # noqa: PLC0415 -- the name of the tests' own

    installation = Installation(attacked.site.root)
    if decide == "accept":
        return accept(installation, installation.config(), sn, "chief", int(time.time()))
    return refuse(installation, installation.config(), sn, int(time.time()))


def test_a_new_device_waits_and_gets_nothing(attacked: Attacked) -> None:
    attacked.configure('approve="true"', more='<customcerts dir="certs"/>')
    for _ in range(3):
        status, text = attacked.poll(SN)
        assert (status, effective(text)) == (200, [])
        assert "as soon as an admin accepts it" in text
    assert attacked.backup(SN, HWID)[0] == 403
    assert attacked.ask(f"mode=query&sn={SN}&id=admin", b"<info/>")[0] == 403
    assert kept(attacked) == ["unknown-devices.json"]
    assert waiting(attacked) == [SN]


def test_an_accepted_device_is_served(attacked: Attacked) -> None:
    attacked.configure('approve="true"')
    attacked.poll("00:90:33:30:00:AF")
    assert decided(attacked, "accept", SN)
    assert waiting(attacked) == []
    assert SNIPPET in effective(attacked.poll(SN)[1])
    assert attacked.backup(SN, HWID)[0] == 200
    assert "accepted by chief" in attacked.site.log()


def test_a_refused_device_stays_out_until_it_is_accepted(attacked: Attacked) -> None:
    attacked.configure('approve="true"')
    attacked.poll(SN)
    assert decided(attacked, "refuse", SN)
    assert attacked.poll(SN)[0] == 403
    assert attacked.backup(SN, HWID)[0] == 403
    assert attacked.refused("status/@approve") == 2
    assert decided(attacked, "accept", SN)
    assert attacked.poll(SN)[0] == 200


def test_known_devices_go_on_when_it_is_turned_on_and_deleted_ones_wait(attacked: Attacked) -> None:
    attacked.configure()
    attacked.poll(SN)
    attacked.configure('approve="true"')
    assert SNIPPET in effective(attacked.poll(SN)[1])
    assert not decided(attacked, "refuse", SN)
    (attacked.site.root / f"status/{SN}.xml").unlink()
    assert effective(attacked.poll(SN)[1]) == []


def test_known_is_also_who_has_files_under_another_spelling(attacked: Attacked) -> None:
    attacked.site.put("status/00-90-33-30-00-AF.xml", "<state/>")
    attacked.configure('approve="true"')
    assert SNIPPET in effective(attacked.poll(SN)[1])


def test_a_first_contact_still_gets_its_url(attacked: Attacked) -> None:
    attacked.configure('approve="true"')
    assert any("provision" in line or "UP1" in line for line in effective(attacked.ask(f"sn={SN}")[1]))
    assert waiting(attacked) == []


def test_without_states_nobody_can_be_known(attacked: Attacked) -> None:
    attacked.site.configure('<master info=""/><status approve="true"/><backup dir="backup"/>')
    assert effective(attacked.poll(SN)[1]) == []
    assert attacked.backup(SN, HWID)[0] == 403
    found = [finding for finding in examined(attacked.site.root).findings if finding.element == "status/@approve"]
    assert any("no device is served" in finding.message for finding in found if finding.severity == "error")


def test_a_flood_of_waiting_devices_is_counted_by_its_address(attacked: Attacked) -> None:
    attacked.configure('approve="true" newperhour="5"')
    for number in range(20):
        assert effective(attacked.poll(invented(number))[1]) == []
    attacked.poll(SN, OTHER)
    assert waiting(attacked) == sorted([SN, *(invented(number) for number in range(5))])
    assert attacked.refused("status/@newperhour") == 15


def test_a_flood_pushes_out_its_own_devices_only() -> None:
    devices = {"real": UnknownDevice("real", "IP232", "x", OTHER, 1, 1)}
    for number in range(MANY + 200):
        sn = invented(number)
        devices = dict(with_one_more(devices, UnknownDevice(sn, "IP232", "x", "192.0.2.7", 2 + number, 2 + number)))
    assert len(devices) == MANY
    assert "real" in devices
    assert invented(MANY + 199) in devices


@pytest.mark.parametrize("content", ["", "{}", "[1, [2]]", '[["a", 1, "", "", 0, 0, 0]]', "[" * 100_000, "\0"])
def test_a_damaged_list_begins_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "unknown-devices.json").write_text(content)
    devices = UnknownDevices(tmp_path, tmp_path / "locks")
    assert devices.all() == {}
    devices.called(UnknownDevice(SN, "IP232", HWID, OTHER, 5, 5))
    assert list(devices.all()) == [SN]
