"""The list of devices: what it shows, in which order, and how it keeps up with the state files."""

import contextlib
import os
import sqlite3
import threading
import time
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from tests.fleet.conftest import CONFIG, Fleet
from updateserver.edge import fleet_refresh
from updateserver.edge.fleet_index import SORTS, FleetIndex, Part
from updateserver.edge.fleet_refresh import Refresher
from updateserver.edge.fleet_store import FleetStore
from updateserver.model.fleet import DeviceRow, Glance
from updateserver.rules.filter import Words, matches, searchable, terms


def index_file(fleet: Fleet) -> Path:
    return fleet.root / "cache" / "fleet-index.sqlite"


def test_devices_come_in_the_order_of_their_serial_numbers(fleet: Fleet) -> None:
    third, first, second = fleet.device(3), fleet.device(1), fleet.device(2)
    assert fleet.found() == [first, second, third]


def test_a_page_holds_so_many_rows_and_tells_how_many_there_are(fleet: Fleet) -> None:
    serials = [fleet.device(number, type="IP232" if number % 2 else "IP111") for number in range(10)]
    page = fleet.index.page(fleet.config, "ip232", offset=1, limit=2)
    assert ([row.sn for row in page.rows], page.matching, page.total) == ([serials[3], serials[5]], 5, 10)


def test_new_changed_and_removed_states_are_seen(fleet: Fleet) -> None:
    one, two = fleet.device(1), fleet.device(2)
    assert fleet.found("ip111") == []
    fleet.device(1, type="IP111")
    fleet.forget(two)
    three = fleet.device(3, type="IP111")
    assert fleet.found() == [one, three] == fleet.found("ip111")


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
    real = fleet_refresh.entry_of
    monkeypatch.setattr(fleet_refresh, "entry_of", lambda *given: (read.append(given[1]), real(*given))[1])
    changed = fleet.device(3, type="IP111")
    fleet.found()
    assert read == [changed]


@pytest.mark.parametrize("sort", SORTS)
def test_each_column_sorts_both_ways(fleet: Fleet, sort: str) -> None:
    serials = {fleet.device(number, age=number * 400, realip=f"10.0.0.{number}") for number in (1, 2, 10)}
    assert set(fleet.found("", sort)) == set(fleet.found("", sort, descending=True)) == serials


def test_addresses_and_builds_sort_by_number(fleet: Fleet) -> None:
    small = fleet.device(2, realip="10.0.0.2", inner='<firmware build="9000"/>')
    large = fleet.device(1, realip="10.0.0.10", inner='<firmware build="13000"/>')
    none = fleet.device(3, realip="", ip="")
    for sort in ("ip", "firmware"):
        assert fleet.found("", sort) == [small, large, none]
        assert fleet.found("", sort, descending=True) == [large, small, none]


def test_devices_are_missing_after_a_while(fleet: Fleet) -> None:
    seen, missing = fleet.device(1, age=900), fleet.device(2, age=1100)
    assert fleet.found("missing") == [missing] == fleet.found("state:missing")
    assert fleet.found("present") == [seen]
    fleet.configure(CONFIG.replace("1000", "2000"))
    assert fleet.found("present") == [seen, missing]


def test_charts_count_what_the_filter_leaves(fleet: Fleet) -> None:
    fleet.device(1, inner='<firmware build="130500"/>')
    fleet.device(2, age=5000, inner='<firmware build="130500"/>')
    fleet.device(3, type="IP111", inner='<firmware build="130600"/>')
    charts = fleet.index.charts(fleet.config)
    assert [(bar.key, bar.count) for bar in charts.firmware] == [("130500", 2), ("130600", 1)]
    assert {bar.key: bar.count for bar in charts.seen} == {"hour": 2, "day": 1, "week": 0, "older": 0}
    assert sum(bar.count for bar in fleet.index.charts(fleet.config, "ip111").states) == 1


def test_an_overview_is_a_page_and_its_charts(fleet: Fleet) -> None:
    for number in range(5):
        fleet.device(number, type="IP111" if number else "IP232")
    page, charts = fleet.index.overview(fleet.config, Part("ip111", "name", descending=True, offset=1, limit=2))
    assert (len(page.rows), page.matching, page.total) == (2, 4, 5)
    assert charts == fleet.index.charts(fleet.config, "ip111")


def test_a_click_on_a_bar_finds_as_many_devices_as_it_counts(fleet: Fleet) -> None:
    for number, days in enumerate((-1, 10, 60, 400)):
        end = time.strftime("%d.%m.%Y-%H:%M:%S", time.gmtime(time.time() + days * 86400))
        shown = f'<info><servercert><certificate issuer_cn="CA" not_after="{end}"/></servercert></info>'
        fleet.device(number, age=number * 5000, inner=f"<queries><certificates>{shown}</certificates></queries>")
    fleet.device(9)
    charts = fleet.index.charts(fleet.config)
    assert [bar.count for bar in charts.certificates] == [1] * 5
    for bar in (*charts.seen, *charts.certificates, *charts.states):
        assert len(fleet.found(bar.filter)) == bar.count, bar


def test_where_no_index_can_be_written_lists_do_without(fleet: Fleet) -> None:
    serials = [fleet.device(number) for number in range(3)]
    fleet.installation.put("cache", "no folder")
    assert fleet.found("172.16.") == serials
    assert sum(bar.count for bar in fleet.index.charts(fleet.config).seen) == 3


ODD = ("", "'", '"', "%", "_", "\\", "lobby", "LOBBY", "büro", "BÜRO", "l*y", "?????", "*", "a b", "\udcff",
       "00903300000a", "update", "present", "mis*", "phone, x", "-", "--", "1", "172.16.")  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_the_index_finds_what_the_filter_means(fleet: Fleet, text: str) -> None:
    names = ("Lobby", "Büro 1", "it's", "100%", "a_b", "", "x\ny", "_")
    for number, name in enumerate(names):
        inner = f"<queries><admin><info name={quoteattr(name)}/></admin></queries>"
        fleet.device(number + 5, age=number * 300, inner=inner)
    rows = fleet.index.page(fleet.config).rows
    words = [term for term in terms(text) if isinstance(term, Words)]
    assert fleet.found(text) == [row.sn for row in rows if matches(words, texts_of(row), is_missing=row.is_missing)]


def texts_of(row: DeviceRow) -> str:
    lists = ", ".join(row.classes), ", ".join(row.environments)
    texts = (row.reported_ip, row.seen_ip, row.sn, row.type, row.name, row.phase, *lists, row.firmware, row.bootcode)
    return searchable(texts)


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
    monkeypatch.setattr(fleet_refresh, "_BATCH", 2)
    monkeypatch.setattr(fleet_refresh, "_clock", iter(range(0, 1000, 10)).__next__)
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


def test_names_that_are_no_serial_numbers_are_no_devices(fleet: Fleet) -> None:
    fleet.installation.put("status/.hidden.xml", "<state/>")
    fleet.installation.put("status/lastcleanup", "")
    fleet.installation.put("status/a b.xml", "<state/>")
    assert fleet.found() == []
    assert fleet.index.row(fleet.config, "../config/user-config") is None
    assert fleet.index.facts(fleet.config, "../config/user-config") is None


def test_where_no_state_is_kept_there_are_no_devices(fleet: Fleet) -> None:
    fleet.configure('<master info=""/>')
    assert fleet.found() == []
    assert fleet.index.facts(fleet.config, "00-90-33-00-00-01") is None


def test_the_index_can_be_told_of_one_device_at_once(fleet: Fleet) -> None:
    one, two = fleet.device(1), fleet.device(2)
    slow = FleetIndex(fleet.site, every=3600)
    slow.page(fleet.config)
    fleet.forget(one)
    slow.look_again(fleet.config, one)
    fleet.device(2, type="IP111")
    slow.look_again(fleet.config, two)
    assert [row.sn for row in slow.page(fleet.config, "ip111").rows] == slow.serials(fleet.config) == [two]


@pytest.mark.parametrize(
    ("glance", "device", "inner"),
    [
        (Glance.SEEN, {"certstat": "OK"}, ""),
        (Glance.ERROR, {"phase": "gone"}, ""),
        (Glance.ERROR, {}, '<msgs time="5" msg=""/><msgs time="5" msg="invalid environment: &#39;x&#39; (x)"/>'),
        (Glance.ERROR, {}, "<queries><certificates><info><request-error/></info></certificates></queries>"),
        (Glance.UPDATING, {}, '<firmware build="1" requested="2" requested-at="7"/><msgs time="7" msg=""/>'),
        (Glance.SEEN, {}, '<firmware build="2" requested="2" requested-at="7"/><msgs time="7" msg=""/>'),
        (Glance.SEEN, {}, '<firmware build="1" requested="2" requested-at="7"/><msgs time="8" msg=""/>'),
        (Glance.CERTIFICATE, {"certstat": "signing request must be processed by CA (ongoing)"}, ""),
        (Glance.STAGING, {"phase": "staging"}, ""),
    ],
)
def test_a_state_at_a_glance_is_the_same_in_row_list_and_chart(
    fleet: Fleet, glance: Glance, device: dict[str, str], inner: str
) -> None:
    fleet.configure(CONFIG + '<phases><phase id="staging" seq="100"/></phases><times forcestaging="false"/>')
    sn = fleet.device(1, inner=inner, **device)
    row = fleet.index.row(fleet.config, sn)
    assert row
    assert row.glance == glance
    assert fleet.found(f"state:{glance}") == [sn]
    assert bool(row.trouble) == (glance == Glance.ERROR)
