"""The list of devices: what it shows, in which order, and how it keeps up with the state files."""

import time
from xml.sax.saxutils import quoteattr

import pytest

from tests.fleet.conftest import CONFIG, Fleet
from updateserver.fleet.filter import FilterWords, matches, searchable, terms
from updateserver.fleet.io.index import SORTS, Part
from updateserver.fleet.rows import DeviceRow, Glance
from updateserver.poll.certificate import UNKNOWN


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


ODD = ("", "'", '"', "%", "_", "\\", "lobby", "LOBBY", "büro", "BÜRO", "l*y", "?????", "*", "a b", "\udcff",
       "00903300000a", "update", "present", "mis*", "phone, x", "-", "--", "1", "172.16.")  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_the_index_finds_what_the_filter_means(fleet: Fleet, text: str) -> None:
    names = ("Lobby", "Büro 1", "it's", "100%", "a_b", "", "x\ny", "_")
    for number, name in enumerate(names):
        inner = f"<queries><admin><info name={quoteattr(name)}/></admin></queries>"
        fleet.device(number + 5, age=number * 300, inner=inner)
    rows = fleet.index.page(fleet.config).rows
    words = [term for term in terms(text) if isinstance(term, FilterWords)]
    assert fleet.found(text) == [row.sn for row in rows if matches(words, texts_of(row), is_missing=row.is_missing)]


def texts_of(row: DeviceRow) -> str:
    lists = ", ".join(row.classes), ", ".join(row.environments)
    texts = (row.reported_ip, row.seen_ip, row.sn, row.type, row.name, row.phase, *lists, row.firmware, row.bootcode)
    return searchable(texts)


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
        (Glance.STAGING, {"phase": "_first_update"}, ""),  # of a last phase that had a hidden first pass
        (Glance.SEEN, {"certstat": "removing CSR from device"}, ""),
        (Glance.SEEN, {"certstat": UNKNOWN}, ""),
        (Glance.ERROR, {}, '<msgs time="5" msg=""/><msgs time="5" msg="invalid phase: &#39;x&#39;"/>'),
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
