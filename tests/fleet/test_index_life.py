"""How the index keeps up with the state files, and mends itself."""

import contextlib
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from tests.fleet.conftest import Fleet
from updateserver.fleet.io import refresh
from updateserver.fleet.io.index import FleetIndex
from updateserver.fleet.io.refresh import Refresher
from updateserver.fleet.io.store import FleetStore


def index_file(fleet: Fleet) -> Path:
    return fleet.root / "cache" / "fleet-index.sqlite"


def test_a_change_under_the_same_time_and_size_is_seen(fleet: Fleet) -> None:
    one = fleet.device(1, phase="aaaaaa")
    path = fleet.root / "status" / f"{one}.xml"
    now = time.time()
    os.utime(path, (now, now))
    assert fleet.found("aaaaaa") == [one]
    path.write_bytes(path.read_bytes().replace(b"aaaaaa", b"bbbbbb"))
    os.utime(path, (now, now))
    time.sleep(0.06)
    assert fleet.found("bbbbbb") == [one]


def test_only_what_changed_is_read_again(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        fleet.device(number)
    fleet.found()
    read: list[str] = []
    real = refresh.entry_of
    monkeypatch.setattr(refresh, "entry_of", lambda *given: (read.append(given[1]), real(*given))[1])
    changed = fleet.device(3, type="IP111")
    fleet.found()
    assert read == [changed]


def test_where_no_index_can_be_written_lists_do_without(fleet: Fleet) -> None:
    serials = [fleet.device(number) for number in range(3)]
    fleet.installation.put("cache", "no folder")
    assert fleet.found("172.16.") == serials
    assert sum(bar.count for bar in fleet.index.charts(fleet.config).seen) == 3


@pytest.mark.parametrize("harm", ["remove", "garbage", "torn", "tables", "version", "folder"])
def test_an_index_that_is_of_no_use_is_made_anew(fleet: Fleet, harm: str) -> None:
    serials = [fleet.device(number) for number in range(3)]
    assert fleet.found() == serials
    path = index_file(fleet)
    match harm:
        case "remove":
            path.unlink()
        case "garbage":
            path.write_bytes(b"no index " * 1000)
        case "torn":
            path.write_bytes(path.read_bytes()[:5000])
        case "tables":
            change(path, "DROP TABLE device", "CREATE TABLE device (other)")
        case "version":
            change(path, "DELETE FROM device", "PRAGMA user_version=1")
        case "folder":
            path.unlink()
            path.mkdir()
    assert fleet.found("172.16.") == serials


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_long_first_look_shows_what_there_is_so_far(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        fleet.device(number)
    monkeypatch.setattr(refresh, "_BATCH", 2)
    monkeypatch.setattr(refresh, "_clock", iter(range(0, 1000, 10)).__next__)
    pages = [fleet.index.page(fleet.config) for _ in range(4)]
    assert pages[-1].total == 5
    assert pages[-1].pending == 0
    assert [page.total + page.pending for page in pages] == [5] * 4


def test_a_full_disk_leaves_the_list_as_it_was(fleet: Fleet, caplog: pytest.LogCaptureFixture) -> None:
    old = fleet.device(1)
    fleet.found()
    for number in range(2, 200):
        fleet.device(number)
    with contextlib.closing(sqlite3.connect(index_file(fleet), isolation_level=None)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")
        store = FleetStore(fleet.root, fleet.site.locks)
        Refresher(store, fleet.site.states, 0).refresh(connection, fleet.config, fleet.root / "status")
        assert connection.execute("SELECT sn FROM device").fetchall() == [(old,)]
    assert "cannot be written" in caplog.text
    assert len(fleet.index.serials(fleet.config)) == 199


def test_many_lists_at_once_all_show_the_fleet(fleet: Fleet) -> None:
    serials = [fleet.device(number) for number in range(20)]
    shown: list[int] = []

    def look() -> None:
        for number in range(5):
            fleet.device(number)
            index = FleetIndex(fleet.site, every=0)
            while (page := index.page(fleet.config)).pending:
                pass
            shown.append(page.total)

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fleet.found() == serials
    assert len(shown) == 30


def test_the_index_can_be_told_of_one_device_at_once(fleet: Fleet) -> None:
    one, two = fleet.device(1), fleet.device(2)
    slow = FleetIndex(fleet.site, every=3600)
    slow.page(fleet.config)
    fleet.forget(one)
    slow.reread(fleet.config, one)
    fleet.device(2, type="IP111")
    slow.reread(fleet.config, two)
    assert [row.sn for row in slow.page(fleet.config, "ip111").rows] == slow.serials(fleet.config) == [two]
