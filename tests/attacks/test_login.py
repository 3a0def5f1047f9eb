"""Attempts to get in by trying, to keep the admin out, and to fill the disk with both."""

import json
from pathlib import Path

import pytest

from tests.admin.conftest import CONFIGURATION, MASTER, equip
from tests.admin.visitor import Visitor
from tests.site import Site, served, site
from updateserver.login.io.audit import Audit, AuditEntry
from updateserver.login.io.records import LoginRecords

__all__ = ["served", "site"]

NOW = 1_800_000_000
LONG = "9" * 400  # a number that is none of ours
ATTACKER, ADMIN = "203.0.113.9", "198.51.100.1"


@pytest.fixture(autouse=True)
def _equipped(request: pytest.FixtureRequest) -> None:
    if "served" in request.fixturenames:
        equip(request.getfixturevalue("site"))


@pytest.fixture
def records(tmp_path: Path) -> LoginRecords:
    (tmp_path / "cache").mkdir()
    return LoginRecords(tmp_path / "cache", tmp_path / "locks")


def tries(records: LoginRecords, address: str, times: int, now: int = NOW) -> list[int]:
    return [records.note_attempt(address, now).wait for _ in range(times)]


def test_tries_are_counted_for_all_processes(records: LoginRecords, tmp_path: Path) -> None:
    assert tries(records, ATTACKER, 5) == [0] * 5
    another = LoginRecords(tmp_path / "cache", tmp_path / "locks")
    assert another.note_attempt(ATTACKER, NOW).wait > 0
    assert another.note_attempt(ADMIN, NOW).wait == 0


@pytest.mark.parametrize("other", ["2001:db8::2", "2001:db8:0:0:ffff::1", "2001:DB8::9"])
def test_the_addresses_of_one_network_count_as_one_caller(records: LoginRecords, other: str) -> None:
    tries(records, "2001:db8::1", 5)
    assert records.note_attempt(other, NOW).wait > 0
    assert records.note_attempt("2001:db8:0:1::1", NOW).wait == 0


def test_a_clock_that_was_set_back_locks_nobody_out(records: LoginRecords) -> None:
    tries(records, ADMIN, 9, NOW + 365 * 86400)
    assert records.note_attempt(ADMIN, NOW).wait == 0


def test_slowed_tries_are_told_once_a_minute(records: LoginRecords) -> None:
    tries(records, ATTACKER, 5)
    assert [records.note_attempt(ATTACKER, NOW).slowed for _ in range(100)] == [1] + [0] * 99
    tries(records, ATTACKER, 1, NOW + 59)
    told = [records.note_attempt(ATTACKER, NOW + 60).slowed for _ in range(5)]
    assert sum(told) >= 99
    assert sum(map(bool, told)) == 1


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        "7",
        "null",
        "{}",
        "[" * 100_000,
        '{"attempts": 7, "known": [], "ended": "x"}',
        '{"attempts": [["x", 5], [5], 7, null, [1e999, "a"], [true, "b"]], "known": {"a": "x"}, "ended": {"a": []}}',
        f'{{"attempts": [[{LONG}, "127.0.0.1"]], "known": {{"127.0.0.1": {LONG}}}, "ended": {{}}}}',
        f'{{"attempts": [[{LONG}{LONG * 12}, "127.0.0.1"]], "known": {{}}, "ended": {{}}}}',
        '{"attempts": [], "known": {}, "ended": {}, "slowed": "x", "told": {}}',
        '{"attempts": [], "known": {}, "ended": {}, "slowed": -1, "told": 1e999}',
    ],
)
def test_damaged_records_keep_nobody_out(served: Site, written: str) -> None:
    served.put("cache/admin-door.json", written)
    visitor = Visitor(served)
    assert visitor.log_in().status == 303
    assert visitor.get("?mode=audit").status == 200


@pytest.mark.parametrize(
    "line",
    [
        "9" * 5000,
        "[" * 100_000,
        "[1, 2]",
        "null",
        '{"time": 1e999, "user": "", "address": "", "action": "x"}',
        f'{{"time": {LONG}, "user": "", "address": "", "action": "x"}}',
        '{"time": -9, "user": "", "address": "", "action": "x"}',
        '{"time": true, "user": "", "address": "", "action": "x"}',
        '{"time": "now", "user": "", "address": "", "action": "x"}',
        '{"time": 1, "user": [], "address": {}, "action": 7}',
        "x" * 1_000_000,
    ],
)
def test_a_damaged_line_of_the_audit_log_is_left_out(served: Site, line: str) -> None:
    Audit(served.root / "audit" / "audit.jsonl").note(AuditEntry(NOW, "", "", "an older action"))
    with (served.root / "audit" / "audit.jsonl").open("a") as file:
        file.write(f"{line}\n")
    visitor = Visitor(served)
    visitor.log_in()
    page = visitor.get("?mode=audit")
    assert page.status == 200
    assert "an older action" in page.text


@pytest.mark.parametrize("name", ["IP232-30-00-af.{}.txt", "{}-request.p10.der"])
def test_a_long_number_is_no_file(served: Site, name: str) -> None:
    visitor = Visitor(served)
    visitor.log_in()
    assert visitor.get(f"?mode=deliverfile&fn=backup/IP232-30-00-af/{name.format('9' * 5000)}").status == 404


def log_in(served: Site, forwarded: str, password: str) -> int:
    page = served.get("admin/admin.php?nohttps", X_Forwarded_For=forwarded)
    cookie = page.headers["set-cookie"].partition(";")[0]
    token = page.text.partition('name="token" value="')[2].partition('"')[0]
    body = f"user=chief&password={password}&token={token}".encode()
    headers = {"Cookie": cookie, "Content_Type": "application/x-www-form-urlencoded", "X_Forwarded_For": forwarded}
    return served.ask("POST", "admin/admin.php?mode=login", body, headers=headers).status


def test_naming_the_admins_address_keeps_the_admin_in(served: Site) -> None:
    served.configure(MASTER + CONFIGURATION + '<times proxies="127.0.0.1"/>')
    answers = [log_in(served, f"{ADMIN}, {ATTACKER}", "wrong") for _ in range(8)]
    assert answers == [403] * 5 + [429] * 3
    assert log_in(served, f"10.9.8.7, {ATTACKER}:4711", "wrong") == 429
    assert log_in(served, ADMIN, "correct+horse") == 303
    lines = [json.loads(line) for line in served.read("audit/audit.jsonl").splitlines()]
    assert [one["address"] for one in lines if one["action"] == "login"] == [ADMIN]
    assert sum(one["action"] == "login slowed down" for one in lines) == 1


def test_who_is_not_named_does_not_change_addresses(served: Site) -> None:
    answers = [log_in(served, f"192.0.2.{number}", "wrong") for number in range(7)]
    assert answers == [403] * 5 + [429] * 2


def test_behind_a_named_proxy_by_https_the_pages_are_served(served: Site) -> None:
    served.configure(MASTER + CONFIGURATION + '<times proxies="127.0.0.1"/>')
    headers = {"Host": "update.example.com", "X_Forwarded_For": ADMIN}
    by_https = served.get("admin/admin.php", **headers, X_Forwarded_Proto="https")
    assert by_https.status == 403
    assert "secure" in by_https.headers["set-cookie"].lower()
    assert 'type="password"' in by_https.text
    assert served.get("admin/admin.php", **headers).headers["location"].startswith("https://update.example.com/")
