"""Snippet files: whom they reach, what does not fit together, and which lines are risky."""

import pytest

from tests.fleet.conftest import CONFIG, Fleet
from updateserver.base.secrets import MASK
from updateserver.fleet.io.missing_firmware import missing_firmware
from updateserver.fleet.io.next_script import next_script
from updateserver.fleet.io.snippets import overview, snippet_content
from updateserver.fleet.snippet_hints import Hint, SnippetUse, hints

STAGING = (
    '<phases><phase id="staging" seq="100"/></phases><times forcestaging="false"/>'
    '<environments><environment id="berlin"/></environments>'
)


def use(fleet: Fleet, name: str) -> SnippetUse:
    found = overview(fleet.site, fleet.index, fleet.config).files
    return next(one for one in found if one.filename == f"scripts/{name}")


def test_a_file_reaches_the_devices_of_its_phase_class_and_environment(fleet: Fleet) -> None:
    fleet.configure(CONFIG + STAGING)
    fleet.installation.put("scripts/staging-phone-berlin.txt", "config add CMD0 /name x")
    one = fleet.device(1, phase="staging", environments="berlin")
    fleet.device(2, phase="update", environments="berlin")
    fleet.device(3, phase="staging", environments="default")
    fleet.device(4, phase="staging", environments="berlin", type="IP811")
    found = use(fleet, "staging-phone-berlin.txt")
    assert (found.devices, found.examples, found.is_possible) == (1, (one,), True)


def test_a_file_of_one_device_reaches_that_only(fleet: Fleet) -> None:
    one, two = fleet.device(1), fleet.device(2)
    fleet.installation.put("scripts/update-all-00_90_33_00_00_01.txt", "x")
    assert use(fleet, "update-all-00_90_33_00_00_01.txt").examples == (one,)
    found = overview(fleet.site, fleet.index, fleet.config)
    assert (found.without_any, found.without_any_count) == ((two,), 1)


@pytest.mark.parametrize("name", ["updte-all-default.txt", "update-all-nowhere.txt", "Update-all-default.txt",
                                  "update-all.txt", "all-all-default.txt", "readme.txt"])  # fmt: skip
def test_a_name_that_no_device_could_get_is_told(fleet: Fleet, name: str) -> None:
    fleet.installation.put(f"scripts/{name}", "x")
    fleet.device(1)
    found = use(fleet, name)
    assert (found.devices, found.is_possible) == (0, False)


def test_the_overview_says_what_the_device_would_get(fleet: Fleet) -> None:
    fleet.configure(CONFIG + STAGING)
    names = ("all-all-all", "staging-all-all", "update-all-all", "all-ip232-berlin", "all-phone-default", "all-gw-all")
    for name in names:
        fleet.installation.put(f"scripts/{name}.txt", f"config add X /from {name}")
    sn = fleet.device(1, phase="staging", environments="berlin")
    script = next_script(fleet.site, fleet.config, sn, "http://update.example.com/update/update.php")
    assert script
    told = {name for name in names if use(fleet, f"{name}.txt").devices}
    assert told == {name for name in names if f"/from {name}".encode() in script.text}


def test_devices_in_what_is_no_longer_defined_are_stranded(fleet: Fleet) -> None:
    one, two = fleet.device(1, phase="gone"), fleet.device(2, environments="default, away")
    found = overview(fleet.site, fleet.index, fleet.config)
    assert [(lost.kind, lost.name, lost.examples) for lost in found.stranded] == [
        ("environment", "away", (two,)),
        ("phase", "gone", (one,)),
    ]
    assert found.without_any_count == 0


def test_a_young_file_holds_back(fleet: Fleet) -> None:
    fleet.installation.snippet(age=10)
    assert use(fleet, "update-all-default.txt").is_held_back
    fleet.installation.snippet(age=500)
    assert not use(fleet, "update-all-default.txt").is_held_back


def test_only_snippets_can_be_read(fleet: Fleet) -> None:
    command = fleet.installation.snippet()
    name = "scripts/update-all-default.txt"
    assert snippet_content(fleet.site, fleet.config, name) == f"{command}\r\n".encode()
    for other in ("config/user-config.xml", "scripts/../config/user-config.xml", "scripts/no.txt", "", "/etc/passwd"):
        assert snippet_content(fleet.site, fleet.config, other) is None


def test_firmware_that_is_wanted_but_not_there_is_told(fleet: Fleet) -> None:
    fleet.configure(CONFIG.replace('info=""', 'info="none" firmware="130500" bootcode="none"'))
    fleet.device(1), fleet.device(2), fleet.device(3, type="IP111")
    fleet.installation.put("fw/130500/ip111.bin", "firmware")
    found = missing_firmware(fleet.site, fleet.index, fleet.config)
    assert [(file.path, file.type, file.devices) for file in found] == [("fw/130500/ip232.bin", "IP232", 2)]


def test_the_next_script_touches_nothing(fleet: Fleet) -> None:
    command = fleet.installation.snippet()
    sn = fleet.device(1)
    config = fleet.config
    before = fleet.installation.snapshot()
    script = next_script(fleet.site, config, sn, "http://update.example.com/update/update.php")
    assert script
    assert command.encode() in script.text
    assert fleet.installation.snapshot() == before
    assert next_script(fleet.site, fleet.config, "00-00-00-00-00-00", "http://x/update.php") is None


def hints_of(fleet: Fleet, line: str, times: str = "") -> list[Hint]:
    fleet.configure(f'{CONFIG}<times {times}/><customcerts CAname="x"/>' if times else CONFIG)
    return list(hints(f"# a comment: vars create reset\r\n\r\n{line}\r\n".encode(), fleet.config.times))


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("config add CMD0 /name Lobby", []),
        ("config add UP1 /url http://x/", ["url"]),
        ("config change UP1 /url http://x/", ["up1", "url"]),
        ("config change UP1 /poll 5", ["up1"]),
        ("mod cmd UP1 times /allow 3", ["command"]),
        ("iresetn", ["reset"]),
        ("reset", ["reset"]),
        ("mod cmd CMD0 reset", ["reset"]),
        ("config add X /reset-tone 1", []),
        ("vars create PHONE/ACTIVE-USER p 0", []),
        ("config add CMD0 /user admin,my-admin-password", ["password"]),
        ("mod cmd MEDIA form /turn-pwd my-turn-pw", ["password"]),
    ],
)
def test_risky_lines_are_told(fleet: Fleet, line: str, kinds: list[str]) -> None:
    found = hints_of(fleet, line)
    assert [hint.kind for hint in found] == kinds
    assert all(hint.line == 3 and hint.advice for hint in found)


def test_vars_are_risky_where_scripts_are_run_again(fleet: Fleet) -> None:
    assert [hint.kind for hint in hints_of(fleet, "vars create A/B p 1", 'check="false"')] == ["variable"]


def test_passwords_are_no_risk_where_only_the_device_gets_them(fleet: Fleet) -> None:
    line = "config add CMD0 /user admin,my-admin-password"
    assert not hints_of(fleet, line, 'forcehttps="true" forcetrust="true"')


def test_hints_do_not_show_passwords(fleet: Fleet) -> None:
    found = hints_of(fleet, "config add CMD0 /user admin,my-admin-password")
    assert found[0].text == f"config add CMD0 /user admin,{MASK}"
