"""What is told of one device, however hostile it is."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from tests.fleet.conftest import CERTIFICATES, CONFIG, Fleet
from updateserver.web.export import as_csv, as_json

ADMIN = '<queries><admin seen="5"><info name={} other="b"/><info name="second"/></admin></queries>'


def shown(fleet: Fleet, xpath: str) -> str:
    """Return what is shown of a device by an expression."""
    start, _, rest = CONFIG.partition("/state/queries/admin/info/@name")
    fleet.configure(start + xpath.replace("<", "&lt;") + rest)
    sn = fleet.device(1, inner=ADMIN.format('"Lobby"'))
    row = fleet.index.row(fleet.config, sn)
    assert row
    return "|".join(value for answer in row.shown for _, value in answer.values)


@pytest.mark.parametrize(
    ("xpath", "value"),
    [
        ("/state/queries/admin/info/@name", "Lobby, second"),
        ("concat(/state/queries/admin/info/@name, ': ', /state/queries/admin/info/@other)", "Lobby: b"),
        ("count(/state/queries/admin/info)", "2"),
        ("count(/state/queries/admin/info) = 2", "true"),
        ("/state/queries/none/@name", ""),
        ("none", ""),
    ],
)
def test_a_value_is_shown_by_xpath(fleet: Fleet, xpath: str, value: str) -> None:
    assert shown(fleet, xpath) == value


@pytest.mark.parametrize("xpath", ["/state[", "concat(", "$x", "no:such()"])
def test_an_invalid_expression_is_said_to_be_so(fleet: Fleet, xpath: str) -> None:
    assert shown(fleet, xpath).startswith(f"invalid XPath expression '{xpath}'")


def test_the_name_is_that_of_the_query_admin(fleet: Fleet) -> None:
    sn = fleet.device(1, inner=ADMIN.format('"Lobby"'))
    assert fleet.found("lobby") == [sn]


def test_what_a_hostile_device_sends_is_shortened_and_visible(fleet: Fleet) -> None:
    sn = fleet.device(
        1, type="x" * 5000, phase="a&#10;b\u202e", inner=ADMIN.format(f'"{"y" * 99999}"'), realip="\u0085<b>"
    )
    row = fleet.index.page(fleet.config).rows[0]
    assert row.sn == sn
    assert (len(row.type), len(row.name)) == (64, 200)
    assert "\u202e" not in row.phase
    assert row.reported_ip == "\ufffd<b>"


@pytest.mark.parametrize("content", ["", "<state", "no xml", "<state seen='x'><device backup='-1e9'/></state>", "<a/>"])
def test_a_state_that_is_none_does_not_harm_the_list(fleet: Fleet, content: str) -> None:
    good = fleet.device(1)
    fleet.state("00-90-33-00-00-02", content)
    assert fleet.found() == [good, "00-90-33-00-00-02"]
    assert fleet.index.facts(fleet.config, "00-90-33-00-00-02")


def test_numbers_that_nobody_can_hold_count_as_none(fleet: Fleet) -> None:
    fleet.device(1, backup="9" * 400)
    assert fleet.index.page(fleet.config, sort="backup").rows[0].last_backup == 0


def test_entities_are_not_resolved(fleet: Fleet) -> None:
    entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "/etc/passwd">]>'
    fleet.state("00-90-33-00-00-01", f"{entity}<state><device/>&e;</state>")
    facts = fleet.index.facts(fleet.config, "00-90-33-00-00-01")
    assert facts
    assert "root:" not in facts.xml


def test_facts_tell_everything(fleet: Fleet) -> None:
    fleet.configure(CONFIG + CERTIFICATES)
    log = '<msgs time="5" msg=""/><msgs time="5" msg="phase: update"/>'
    config = '<config filename="scripts/update-all-default.txt" delivered="50" version="40"/>'
    other = '<config filename="../../etc/passwd" delivered="50" version="40"/>'
    sn = fleet.device(1, inner=log + config + other + ADMIN.format('"Lobby"'))
    fleet.installation.snippet()
    fleet.installation.put("backup/IP232-00-00-01/IP232-00-00-01.3.txt", "old")
    fleet.installation.put("backup/IP232-00-00-01/IP232-00-00-01.12.txt", "newer")
    fleet.installation.put(f"certs/{sn}-request.p10.der", "request")
    facts = fleet.index.facts(fleet.config, sn)
    assert facts
    assert [entry.is_ruler for entry in facts.log] == [True, False]
    assert [bool(one.changed) for one in facts.delivered] == [True, False]
    assert [(backup.number, backup.size) for backup in facts.backups] == [(12, 5), (3, 3)]
    assert facts.row.files.waits_for_signature
    assert 'name="Lobby"' in facts.answers[0].xml
    assert facts.identity is None


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_of_an_export_is_a_formula(fleet: Fleet, name: str) -> None:
    fleet.device(1, type=name)
    rows = fleet.index.page(fleet.config).rows
    read = list(csv.DictReader(io.StringIO(as_csv(rows).decode("utf-8-sig"))))
    assert not read[0]["type"].startswith(tuple("=+-@\t"))
    assert json.loads(as_json(rows))[0]["type"] == name.replace("\t", "\ufffd")


@pytest.mark.parametrize(
    "end", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "31.12.9999-23:59:59", "x", ""]
)
def test_odd_ends_of_certificates_are_times_of_our_calendar(fleet: Fleet, end: str) -> None:
    shown_ = f'<info><servercert><certificate issuer_cn="CA" not_after="{end}"/></servercert></info>'
    fleet.device(1, inner=f"<queries><certificates>{shown_}</certificates></queries>")
    page = fleet.index.page(fleet.config, sort="certificate")
    datetime.fromtimestamp(page.rows[0].certificate_end or 0, UTC)
    assert as_csv(page.rows)
