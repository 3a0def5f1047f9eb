"""What comes often is counted by the hour, and what is refused is told."""

import json
from pathlib import Path

import pytest

from updateserver.base.io.counts import HourCounts
from updateserver.poll.io.refusals import Refusals

NOON = 1_700_000_000 // 3600 * 3600


@pytest.fixture
def counts(tmp_path: Path) -> HourCounts:
    return HourCounts(tmp_path / "cache", "things", tmp_path / "cache/locks")


@pytest.fixture
def refusals(tmp_path: Path) -> Refusals:
    return Refusals(tmp_path / "cache", tmp_path / "cache/locks")


def admitted(counts: HourCounts, key: str, now: int = NOON, most: int = 3) -> bool:
    return counts.admit(key, now, most)


def test_so_many_are_admitted_in_an_hour_and_no_more(counts: HourCounts) -> None:
    assert [admitted(counts, "192.0.2.7", NOON + minute) for minute in range(5)] == [True, True, True, False, False]
    assert admitted(counts, "192.0.2.8")


@pytest.mark.parametrize("later", [3600, 86400, -1, -86400 * 100])
def test_another_hour_counts_anew_also_after_a_clock_was_set_back(counts: HourCounts, later: int) -> None:
    assert not all(admitted(counts, "192.0.2.7") for _ in range(4))
    assert admitted(counts, "192.0.2.7", NOON + later)


@pytest.mark.parametrize("most", [0, -1])
def test_no_limit_counts_nothing(counts: HourCounts, tmp_path: Path, most: int) -> None:
    assert all(admitted(counts, "x", most=most) for _ in range(10))
    assert not (tmp_path / "cache").exists()


def test_nobody_makes_room_by_coming_under_many_names(counts: HourCounts, tmp_path: Path) -> None:
    assert not all(admitted(counts, "192.0.2.7") for _ in range(4))
    size = (tmp_path / "cache/counts-things").stat().st_size
    for number in range(1000):
        admitted(counts, f"2001:db8:0:{number:x}::/64")
    assert not admitted(counts, "192.0.2.7")
    assert (tmp_path / "cache/counts-things").stat().st_size == size


def test_many_others_are_hardly_ever_counted_as_one(counts: HourCounts) -> None:
    assert sum(admitted(counts, f"10.0.{number // 250}.{number % 250}", most=1) for number in range(2000)) > 1990


def test_the_salt_is_another_one_each_hour_and_in_each_installation(counts: HourCounts, tmp_path: Path) -> None:
    file, seen = tmp_path / "cache/counts-things", set()
    for hour in range(3):
        admitted(counts, "192.0.2.7", NOON + hour * 3600)
        seen.add(file.read_bytes()[12:28])
    assert len(seen) == 3


@pytest.mark.parametrize("content", [b"", b"HCT1", b"x" * 100, b"\0" * (1 << 20)])
def test_a_damaged_file_is_begun_anew(counts: HourCounts, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/counts-things").write_bytes(content)
    assert [admitted(counts, "192.0.2.7") for _ in range(4)] == [True, True, True, False]


def test_kinds_are_counted_apart(counts: HourCounts, tmp_path: Path) -> None:
    assert not all(admitted(counts, "192.0.2.7") for _ in range(4))
    assert admitted(HourCounts(tmp_path / "cache", "others", tmp_path / "cache/locks"), "192.0.2.7")


def test_what_is_refused_is_told_with_number_and_addresses(refusals: Refusals) -> None:
    for minute in range(3):
        refusals.note("status/@newperhour", "192.0.2.7", NOON + minute * 60)
    refusals.note("status/@newperhour", "2001:db8::1:2:3:4", NOON + 200)
    tally = refusals.lately(NOON + 300)["status/@newperhour"]
    assert (tally.total, tally.since, tally.last) == (4, NOON, NOON + 200)
    assert tally.senders == "192.0.2.7 (3), 2001:db8::/64 (1)"


def test_of_very_many_addresses_some_are_told(refusals: Refusals, tmp_path: Path) -> None:
    for number in range(100):
        refusals.note("status/@accept", f"192.0.2.{number}", NOON)
    tally = refusals.lately(NOON)["status/@accept"]
    assert (tally.total, len(tally.addresses)) == (100, 8)
    assert tally.senders.endswith(", ...")
    assert (tmp_path / "cache/refusals.json").stat().st_size < 1000


def test_a_flood_writes_a_line_a_minute(refusals: Refusals, caplog: pytest.LogCaptureFixture) -> None:
    for call in range(360):
        refusals.note("status/@accept", "192.0.2.7", NOON + call // 2)
    assert [record.getMessage().split(": ")[1].split()[0] for record in caplog.records] == ["1", "121", "241"]


@pytest.mark.parametrize("now", [NOON + 2 * 86400, NOON - 1])
def test_what_is_long_ago_or_in_the_future_is_not_told(refusals: Refusals, now: int) -> None:
    refusals.note("status/@accept", "192.0.2.7", NOON)
    assert refusals.lately(now) == {}
    refusals.note("status/@accept", "192.0.2.7", now)
    assert refusals.lately(now)["status/@accept"].total == 1


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        "[]",
        "[" * 100_000,
        '{"status/@accept": 5}',
        '{"status/@accept": {"since": "x"}}',
        json.dumps({"status/@accept": {"since": 1, "last": 10**30, "told": 0, "total": 1, "addresses": {}}}),
        json.dumps({"status/@accept": {"since": 1, "last": NOON, "told": 0, "total": 1, "addresses": [1]}}),
    ],
)
def test_a_damaged_file_costs_its_numbers_only(refusals: Refusals, tmp_path: Path, content: str) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/refusals.json").write_text(content)
    assert refusals.lately(NOON) == {}
    refusals.note("status/@accept", "192.0.2.7", NOON)
    assert refusals.lately(NOON)["status/@accept"].total == 1
