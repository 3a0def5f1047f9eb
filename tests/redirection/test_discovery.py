"""Devices that called are remembered, and told to programs in the shape of the vendor's service."""

import json
import os
import sqlite3
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.admin.conftest import equip
from tests.redirection.calls import call, from_the_box, knows
from tests.redirection.kit import MAC
from tests.site import Site, served, site
from updateserver.cli import main
from updateserver.redirection.discovery import Called
from updateserver.redirection.io.calls import Calls

__all__ = ["served", "site"]

OTHER = "00-90-33-41-03-57"
SAMPLE = (
    "mac=00-90-33-41-03-57&hwid=IP811-41-03-57&firm=13A127&boot=113454&type=IP811&provisioning-code=&localip=172.16.0.7"
    "&nostdprv={since}&ver=13r1+dvl+IP811%5B13.A127%5D%2C+Bootcode%5B113454%5D%2C+Hardware%5B300%5D+"
)


@pytest.fixture(autouse=True)
def _equipped(site: Site) -> None:
    equip(site)


def token(at: Site, *options: str) -> str:
    name = f"t{len(json.loads(at.read('config/api-tokens.json'))) if 'api-tokens.json' in at.names('config') else 0}"
    result = CliRunner().invoke(main, ["api-token", "create", "--root", str(at.root), name, *options])
    assert result.exit_code == 0, result.output
    return result.output.strip()


def told(at: Site, bearer: str, query: str = "") -> tuple[int, object]:
    target = f"admin/admin.php?mode=api&path=redirection/calls{query}"
    answer = at.ask("GET", target, headers={"Authorization": f"Bearer {bearer}"})
    return answer.status, json.loads(answer.text)


def macs(found: tuple[int, object]) -> list[str]:
    assert found[0] == 200, found
    assert isinstance(found[1], list)
    return [one["mac"] for one in found[1]]


def test_call_is_told_in_the_shape_of_the_sample(served: Site) -> None:
    knows(served)
    since = int(time.time()) - 226
    call(served, SAMPLE.format(since=since))
    status, found = told(served, token(served))
    assert status == 200
    assert isinstance(found, list)
    assert abs(found[0].pop("time") - time.time()) < 600
    assert found == [
        {
            "id": 1,
            "mac": OTHER,
            "text": "grace period",
            "customerid": 0,
            "projectid": 0,
            "ip": "127.0.0.1",
            "devattrs": {
                "mac": OTHER,
                "hwid": "IP811-41-03-57",
                "firm": "13A127",
                "boot": "113454",
                "type": "IP811",
                "provisioning-code": "",
                "localip": "172.16.0.7",
                "nostdprv": str(since),
                "ver": "13r1 dvl IP811[13.A127], Bootcode[113454], Hardware[300] ",
                "_allIPs": ["127.0.0.1", "172.16.0.7"],
            },
            "localip": "172.16.0.7",
        }
    ]


def test_device_from_its_box_is_remembered_with_its_project(served: Site) -> None:
    knows(served, 'url="http://u.example.com/"', MAC)
    device = from_the_box(served)
    device.poll()
    device.poll()
    _, found = told(served, token(served))
    assert isinstance(found, list)
    assert [(one["mac"], one["text"], one["customerid"], one["projectid"]) for one in found] == [
        (MAC, "redirected", 1527, 10801)
    ]
    assert found[0]["devattrs"]["type"] == "IP232"
    assert found[0]["devattrs"]["firm"]  # taken from `ver`


def test_customer_sees_its_own_and_the_unknown_ones_of_its_network(served: Site) -> None:
    knows(served, 'url="http://u.example.com/"', MAC)
    call(served, f"mac={MAC}")
    call(served, f"mac={OTHER}")
    own, foreign, everybody = token(served, "--customer", "1527"), token(served, "--customer", "7"), token(served)
    assert macs(told(served, own)) == [MAC]
    assert macs(told(served, foreign)) == []
    assert set(macs(told(served, own, "&from=here"))) == {OTHER, MAC}
    assert macs(told(served, foreign, "&from=here")) == [OTHER]
    assert macs(told(served, foreign, f"&sn={MAC}")) == []
    assert macs(told(served, own, f"&sn={MAC.replace('-', '')}")) == [MAC]
    assert told(served, foreign, "&customer=1527")[0] == 403
    assert set(macs(told(served, everybody))) == {MAC, OTHER}
    assert macs(told(served, everybody, "&customer=1527")) == [MAC]


def test_nobody_sees_calls_from_other_addresses_as_those_of_his(tmp_path: Path) -> None:
    calls = Calls(tmp_path)
    for place, ip in enumerate(("192.0.2.1", "2001:db8::1", "2001:db8::2")):
        calls.note(made(f"00-90-33-00-00-0{place}", ip=ip), 1000)
    assert len(calls.newest(0, address="192.0.2.1")) == 1
    assert len(calls.newest(0, address="2001:db8::ffff")) == 2  # one network
    assert calls.newest(0, address="192.0.2.2") == []


@pytest.mark.parametrize("options", [(), ("--metrics",), ("--admission",)])
def test_other_tokens_open_nothing(served: Site, options: tuple[str, ...]) -> None:
    knows(served)
    bearer = token(served, *options)
    assert told(served, bearer)[0] == (403 if options else 200)
    assert told(served, f"{bearer}x")[0] == 401


def test_token_for_redirection_opens_nothing_else(served: Site) -> None:
    knows(served)
    bearer = token(served, "--redirection")
    answer = served.ask("GET", "admin/admin.php?mode=api&path=devices", headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status == 403
    assert told(served, bearer)[0] == 200


def made(mac: str = MAC, text: str = "redirected", now: int = 1000, ip: str = "192.0.2.1", said: str = "{}") -> Called:
    return Called(0, mac, text, now, 0, 0, ip, "", said)


def test_same_call_again_is_one_entry_with_a_later_time(tmp_path: Path) -> None:
    calls = Calls(tmp_path)
    for second in range(0, 125, 5):
        calls.note(made(now=1000 + second), 86400)
    assert [(one.id, one.time) for one in calls.of(MAC, 0)] == [(1, 1120)]


def test_other_outcome_is_an_entry_of_its_own(tmp_path: Path) -> None:
    calls = Calls(tmp_path)
    for text in ("grace period", "grace period", "redirected"):
        calls.note(made(text=text), 86400)
    assert [one.text for one in calls.of(MAC, 0)] == ["redirected", "grace period"]


def test_of_one_device_only_the_last_calls_are_kept(tmp_path: Path) -> None:
    calls = Calls(tmp_path)
    calls.note(made("00-90-33-00-00-01"), 86400)
    for number in range(50):
        calls.note(made(said=json.dumps({"type": str(number)})), 86400)
    assert [one.said["type"] for one in calls.of(MAC, 0)] == [str(number) for number in range(49, 29, -1)]
    assert len(calls.of("00-90-33-00-00-01", 0)) == 1  # of others nothing is pushed out


def test_calls_are_forgotten_in_time(tmp_path: Path) -> None:
    calls = Calls(tmp_path)
    calls.note(made(), 500)
    assert calls.of(MAC, 1000) == []
    for number in range(100):
        calls.note(made(f"00-90-33-00-01-{number:02x}", now=2000), 500)
    with sqlite3.connect(tmp_path / "redirection-calls.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM call WHERE mac = ?", (MAC,)).fetchone() == (0,)
    connection.close()


def test_nothing_is_remembered_where_that_is_not_wanted(served: Site) -> None:
    knows(served, settings='remember="0"')
    call(served, f"mac={MAC}")
    assert "redirection-calls.sqlite" not in served.names("cache")
    assert macs(told(served, token(served))) == []


HOSTILE = ("%3Cscript%3E", "%ff%fe", "%E2%80%AE%C2%85", "a" * 900, "%F0%9F%93%9E", "'%3B--", "%7B%7B7*7%7D%7D")


@pytest.mark.parametrize("value", HOSTILE)
def test_what_a_device_says_stays_text(served: Site, value: str) -> None:
    knows(served)
    said = "&".join(f"{name}={value}" for name in ("hwid", "firm", "boot", "type", "localip", "nostdprv", "ver"))
    call(served, f"mac={MAC}&{said}&provisioning-code={value}")
    status, found = told(served, token(served))
    assert status == 200
    assert isinstance(found, list)
    attributes = found[0]["devattrs"]
    assert attributes.pop("_allIPs") == ["127.0.0.1", ""]
    assert all(len(text) <= 200 and text.isprintable() for text in attributes.values())
    assert attributes["provisioning-code"] == "(typed)"  # it may still be good
    assert found[0]["localip"] == ""


def test_who_is_slowed_is_not_remembered(served: Site) -> None:
    knows(served, settings='unknown="10"')
    for number in range(15):
        call(served, f"mac=00-90-33-50-00-{number:02x}")
    assert len(macs(told(served, token(served)))) == 10


def test_calls_that_cannot_be_kept_cost_no_answer(served: Site) -> None:
    knows(served)
    (served.root / "cache").mkdir(exist_ok=True)
    os.mkfifo(served.root / "cache" / "redirection-calls.sqlite")
    assert call(served, f"mac={MAC}").status == 200
    (served.root / "cache" / "redirection-calls.sqlite").unlink()
    served.put("cache/redirection-calls.sqlite", "no database" * 1000)
    assert call(served, f"mac={MAC}").status == 200
    assert call(served, f"mac={MAC}").status == 200
    assert macs(told(served, token(served))) == [MAC]  # it mends itself


def test_without_redirection_there_is_nothing(served: Site) -> None:
    assert told(served, token(served))[0] == 404
