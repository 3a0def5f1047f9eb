"""Row 39: what is dated in the future is not current, and a clock that jumped costs no states."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fleet.conftest import CONFIG, Fleet, fleet
from tests.site import SN, Site, poll, served, site
from updateserver.certificates.io.enrolment import Enrolment
from updateserver.device.clean_up import Overdue
from updateserver.device.io import expiry
from updateserver.findings.io.all import examined
from updateserver.poll.facts import SnippetFile
from updateserver.poll.io.installation import Installation
from updateserver.poll.snippets import newest, still_edited

__all__ = ["fleet", "served", "site"]

HOUR = 3600
DAY = 24 * HOUR
YEAR = 365 * DAY
EXPIRE = 30 * DAY
HELD = "cache/held-clean-up"


def expire(root: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "updateserver", "expire", "--root", str(root), *options]
    environment = os.environ | {"PYTHONPATH": str(root / "lib")}
    return subprocess.run(
        command, check=False, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def with_states(site: Site, *ages: float) -> None:
    site.configure(f'<master info=""/><status dir="status" expire="{EXPIRE}"/>')
    for number, age in enumerate(ages):
        site.put(f"status/00-90-33-00-{number // 256:02x}-{number % 256:02x}.xml", "<state/>", age=age)


def states(site: Site) -> list[str]:
    return [name for name in site.names("status") if name.endswith(".xml")]


def told(site: Site) -> list[str]:
    return [one.message for one in examined(site.root).findings if one.element == "status/@expire"]


# ---- a clean-up that would remove a good part of all states ----------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "is_odd"),
    [
        (Overdue(0, 0, 0), False),
        (Overdue(10, 0, 10), False),  # a handful
        (Overdue(11, 0, 11), True),
        (Overdue(11, 0, 110), False),  # a tenth
        (Overdue(11, 0, 109), True),
        (Overdue(637, 0, 638), True),
        (Overdue(5000, 0, 50_000), False),
        (Overdue(5001, 0, 50_000), True),
        (Overdue(0, 300, 638), True),
    ],
)
def test_more_than_a_tenth_is_odd(found: Overdue, *, is_odd: bool) -> None:
    assert found.is_odd is is_odd


def test_the_command_stops_and_says_what_to_do(site: Site) -> None:
    with_states(site, *[100 * DAY] * 20, 60)
    ran = expire(site.root)
    assert ran.returncode == 3
    assert "20 of 21 devices have not called for 2592000 seconds (30 days)" in ran.stderr
    assert "expire --yes" in ran.stderr
    assert len(states(site)) == 21
    assert told(site) == [
        "20 of 21 devices would be forgotten at once: if the clock is right, run updateserver expire --yes"
    ]
    ran = expire(site.root, "--yes")
    assert ran.returncode == 0
    assert len(states(site)) == 1
    assert told(site) == []
    assert HELD.rpartition("/")[2] not in site.names("cache")


def test_the_clean_up_of_the_server_waits_for_an_admin(served: Site) -> None:
    with_states(served, *[100 * DAY] * 20, 60)
    served.put("status/lastcleanup", "", age=2 * HOUR)
    assert served.get(poll()).status == 200
    while not (served.root / HELD).exists():
        time.sleep(0.01)
    assert len(states(served)) == 22
    assert told(served)


def test_as_soon_as_the_clock_is_right_nothing_waits(site: Site) -> None:
    with_states(site, *[100 * DAY] * 20, 60)
    expire(site.root)
    for name in states(site):
        site.age(f"status/{name}", DAY)
    assert expire(site.root).returncode == 0
    assert len(states(site)) == 21
    assert told(site) == []


@pytest.mark.parametrize("kept", ["", "null", "[1]", "[1, 2, 3, 4]", '["1", 2, 3]', "{", "[0, 0, 0]"])
def test_a_damaged_note_is_none(site: Site, kept: str) -> None:
    with_states(site, 60)
    site.put(HELD, kept)
    assert told(site) == []


def test_a_tenth_is_forgotten_as_ever(site: Site) -> None:
    with_states(site, *[100 * DAY] * 5, *[60] * 20)
    assert expire(site.root).returncode == 0
    assert len(states(site)) == 20


# ---- states that are dated in the future -----------------------------------------------------------------------------


def test_a_state_from_the_future_is_dated_today(site: Site) -> None:
    with_states(site, -YEAR, -DAY, 60)
    assert expire(site.root).returncode == 0
    now = time.time()
    assert all((site.root / "status" / name).stat().st_mtime <= now for name in states(site))
    assert len(states(site)) == 3


def test_many_states_from_the_future_are_told_first(site: Site) -> None:
    with_states(site, *[-YEAR] * 20, 60)
    assert expire(site.root).returncode == 3
    assert "20 of 21 states are dated in the future" in told(site)[0]
    assert expire(site.root, "--yes").returncode == 0
    assert expiry.states(site.root / "status", EXPIRE).overdue == Overdue(0, 0, 21)


@pytest.mark.parametrize("ahead", [HOUR, DAY, 400 * DAY])
def test_a_call_from_the_future_does_not_count(fleet: Fleet, ahead: int) -> None:
    sn = fleet.device(1, age=-ahead)
    fleet.device(2)
    row = fleet.index.row(fleet.config, sn)
    assert row
    assert row.is_missing
    assert fleet.found("missing") == [sn]
    assert fleet.found("present") == ["00-90-33-00-00-02"]
    assert fleet.found("seen:hour") == ["00-90-33-00-00-02"]


def test_a_call_of_a_moment_ahead_counts(fleet: Fleet) -> None:
    sn = fleet.device(1, age=-30)
    row = fleet.index.row(fleet.config, sn)
    assert row
    assert not row.is_missing


def test_certificates_do_not_believe_it_either(site: Site) -> None:
    site.configure(CONFIG + '<customcerts dir="certs"/>')
    site.put(f"status/{SN}.xml", f'<state seen="{int(time.time()) + DAY}"><device sn="{SN}"/></state>')
    installation = Installation(site.root)
    assert Enrolment(installation, installation.config(), SN).seen == 0


def test_the_first_call_is_dated_anew(served: Site) -> None:
    served.put(f"status/{SN}.xml", f'<state><device sn="{SN}" known="{int(time.time()) + YEAR}"/></state>')
    served.get(poll())
    device = served.state().find("device")
    assert device is not None
    assert int(device.get("known")) <= time.time()


# ---- snippets --------------------------------------------------------------------------------------------------------


def test_a_snippet_from_the_future_is_held_back_for_the_grace_time_only(
    served: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = served.snippet(age=-YEAR)
    assert command not in served.get(poll()).lines
    assert "files being updated" in served.get(poll()).text
    real = time.time
    monkeypatch.setattr("updateserver.poll.io.facts.time.time", lambda: real() + 100)  # 90 seconds of grace
    assert command in served.get(poll()).lines


NOW = 1_800_000_000


def snippet(changed: int, touched: int) -> SnippetFile:
    return SnippetFile(f"scripts/{changed}.txt", NOW + changed, b"", b"", NOW + touched)


@pytest.mark.parametrize(
    ("changed", "touched", "grace", "is_held"),
    [
        (-100, -100, 90, False),
        (-80, -80, 90, True),
        (-1000, -10, 90, False),  # as `cp -p` does
        (YEAR, -80, 90, True),
        (YEAR, -100, 90, False),
        (YEAR, -30, 0, True),  # at least a minute
        (YEAR, -100, 0, False),
        (YEAR, YEAR, 90, False),  # the clock was set back
        (-80, -80, 0, False),
        (1, 1, 0, True),  # edited since the call began
        (1, 1, 90, True),
    ],
)
def test_when_a_snippet_is_held_back(changed: int, touched: int, grace: int, *, is_held: bool) -> None:
    assert still_edited(snippet(changed, touched), grace, NOW) is is_held


def test_one_from_the_future_hides_no_other_that_is_being_edited() -> None:
    edited_now = snippet(-5, -5)
    assert newest([snippet(YEAR, -1000), edited_now, snippet(DAY, YEAR)], NOW) is edited_now


def test_check_config_tells_it(site: Site) -> None:
    site.snippet(age=-DAY)
    found = [one for one in examined(site.root).findings if one.file == "scripts/update-all-default.txt"]
    assert [one.severity for one in found] == ["warning"]
    assert "is in the future" in found[0].message
    site.age("scripts/update-all-default.txt", 60)
    assert not [one for one in examined(site.root).findings if one.file == "scripts/update-all-default.txt"]
