"""The JSON API of redirection: each customer sees and changes its own, and the same call may be made again."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.admin.conftest import equip
from tests.redirection.calls import call
from tests.redirection.kit import MAC
from tests.redirection.test_discovery import token
from tests.site import Site, served, site
from updateserver.redirection.io.registry_files import RegistryFiles

__all__ = ["served", "site"]

OTHER = "00-90-33-41-03-57"
TWO = f"""<redirection><customer id="1527" name="Hosting"><project id="10801" name="HQ" url="http://u.example.com/"/></customer>
<customer id="7" name="Secret Name">
<project id="70" url="http://x.example.com/"><device sn="{OTHER}"/></project></customer>
</redirection>"""
Ask = Callable[..., tuple[int, Any]]


@pytest.fixture(autouse=True)
def _equipped(site: Site) -> None:
    equip(site)


@pytest.fixture(params=["xml", "sqlite"])
def ask(request: pytest.FixtureRequest, served: Site) -> Ask:
    """Asks with the token of customer 1527, unless another one is given."""
    served.put("config/redirection.xml", TWO)
    if request.param == "sqlite":
        RegistryFiles(served.root).use_sqlite()
    bearers = {}

    def asks(method: str, path: str, said: object = None, *, by: str = "--customer=1527") -> tuple[int, Any]:
        bearer = bearers.get(by) or bearers.setdefault(by, token(served, *by.split()))
        headers = {"Authorization": f"Bearer {bearer}"}
        body = None if said is None else said if isinstance(said, bytes) else json.dumps(said).encode()
        answer = served.ask(method, f"admin/admin.php?mode=api&path=redirection/{path}", body, headers=headers)
        return answer.status, json.loads(answer.text)

    return asks


def test_device_is_put_told_and_removed(ask: Ask, served: Site) -> None:
    assert ask("GET", f"devices/{MAC}")[0] == 404
    entry = {"sn": MAC, "project": 10801, "env": ["berlin", "new"], "name": "Lobby"}
    for _ in range(2):
        said = {"project": 10801, "env": ["berlin", "new"], "name": "Lobby"}
        assert ask("PUT", "devices/0090.3330.00AF", said) == (200, entry)
    assert ask("GET", f"devices/{MAC}") == (200, entry)
    assert b"redirected to http://u.example.com/?env=berlin,new" in call(served, f"mac={MAC}").body
    assert ask("PUT", f"devices/{MAC}", {"project": 10801}) == (200, entry)  # what is not said stays
    for _ in range(2):
        assert ask("DELETE", f"devices/{MAC}") == (200, {"sn": MAC, "project": None})
    assert b"unknown mac" in call(served, f"mac={MAC}").body
    deeds = [json.loads(line) for line in served.read("audit/audit.jsonl").splitlines()]
    assert [(deed["action"], deed["subject"]) for deed in deeds] == [
        ("redirect", MAC),
        ("redirect no more", MAC),
    ]


def test_device_of_another_customer_is_left_and_not_told_whose(ask: Ask, served: Site) -> None:
    answers = [
        ask("PUT", f"devices/{OTHER}", {"project": 10801}),
        ask("PUT", f"devices/{OTHER}", {"project": 10801, "take-over": True}),
        ask("GET", f"devices/{OTHER}"),
        ask("DELETE", f"devices/{OTHER}"),
    ]
    assert [status for status, _ in answers] == [409, 409, 403, 403]
    assert {json.dumps(answer) for _, answer in answers} == {'{"error": "owned by another customer"}'}
    assert b"x.example.com" in call(served, f"mac={OTHER}").body
    assert ask("PUT", f"devices/{OTHER}", {"project": 10801}, by="--redirection")[0] == 409
    assert ask("PUT", f"devices/{OTHER}", {"project": 10801, "take-over": True}, by="--redirection")[0] == 200


def test_customer_sees_its_own_projects_only(ask: Ask) -> None:
    assert [one["id"] for one in ask("GET", "projects")[1]] == [10801]
    assert [one["id"] for one in ask("GET", "projects", by="--redirection")[1]] == [70, 10801]
    for path in ("projects/70", "projects/71", "devices?project=70", "devices"):
        assert ask("GET", path.replace("?", "&"))[0] == 404
    assert ask("PUT", f"devices/{MAC}", {"project": 70})[0] == 404
    assert ask("DELETE", "projects/70")[0] == 404
    assert ask("PUT", "projects/70", {"url": "http://mine.example.com/"})[0] == 409


def test_project_is_put_and_removed(ask: Ask) -> None:
    for _ in range(2):
        status, told = ask("PUT", "projects/5", {"name": "Berlin", "url": "http://b.example.com/", "env": "a, b"})
        assert (status, told["env"], told["customer"]["id"], told["devices"]) == (200, ["a", "b"], 1527, 0)
    ask("PUT", f"devices/{MAC}", {"project": 5})
    assert ask("GET", "projects/5")[1]["devices"] == 1
    assert ask("DELETE", "projects/5")[0] == 409
    ask("DELETE", f"devices/{MAC}")
    assert ask("DELETE", "projects/5") == (200, {"id": 5})
    assert ask("PUT", "projects/6", {"url": "http://b.example.com/"}, by="--redirection")[0] == 400
    assert ask("PUT", "projects/6", {"customer": 7}, by="--redirection")[1]["customer"]["name"] == "Secret Name"


def test_customer_does_not_give_a_project_away(ask: Ask) -> None:
    assert ask("PUT", "projects/10801", {"customer": 7})[1]["customer"]["id"] == 1527


@pytest.mark.parametrize(
    "said",
    [
        {"url": "ftp://x/"},
        {"url": "http://u/\r\nmod cmd"},
        {"trust": "3082zz"},
        {"env": "a b"},
        {"env": [1]},
        {"name": "a\nb"},
        {"name": 5},
        b"{",
        b"[]",
        b"\xff",
        b"[" * 5000,
    ],
)
def test_hostile_project_is_refused(ask: Ask, said: object) -> None:
    assert ask("PUT", "projects/10801", said)[0] == 400
    assert ask("GET", "projects/10801")[1]["url"] == "http://u.example.com/"


@pytest.mark.parametrize("said", [{}, {"project": "10801"}, {"project": True}, {"project": -1}, {"project": 10**30}])
def test_device_needs_a_project(ask: Ask, said: object) -> None:
    assert ask("PUT", f"devices/{MAC}", said)[0] == 400


@pytest.mark.parametrize("name", ["x", "00-90-33-30-00", "..%2f..", "0" * 200])
def test_serial_number_is_one(ask: Ask, name: str) -> None:
    assert ask("PUT", f"devices/{name}", {"project": 10801})[0] in (400, 404)


def test_devices_are_listed_in_parts(ask: Ask) -> None:
    for number in range(5):
        ask("PUT", f"devices/00903330000{number}", {"project": 10801})
    seen, since = [], ""
    while since is not None:
        status, told = ask("GET", f"devices&project=10801&limit=2&since={since}")
        assert status == 200
        seen += [one["sn"] for one in told["devices"]]
        since = told["next"]
    assert seen == [f"00-90-33-30-00-0{number}" for number in range(5)]


def test_token_that_reads_changes_nothing(ask: Ask) -> None:
    assert ask("GET", "projects", by="")[0] == 200
    for method in ("PUT", "DELETE", "POST"):
        assert ask(method, f"devices/{MAC}", {"project": 10801}, by="")[0] == 403
    assert ask("POST", f"devices/{MAC}", {"project": 10801})[0] == 405
