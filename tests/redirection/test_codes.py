"""A code that somebody types on a device says where it goes: once, for a while, and not by guessing."""

import json
import sqlite3

import pytest
from click.testing import CliRunner

from tests.admin.conftest import admin, equip
from tests.admin.visitor import Visitor
from tests.redirection.calls import call
from tests.redirection.kit import MAC
from tests.redirection.test_discovery import token
from tests.site import Site, Together, served, site
from updateserver.cli import main
from updateserver.redirection.codes import code_in
from updateserver.redirection.io.registry_files import RegistryFiles
from updateserver.redirection.registry import Assignment

__all__ = ["admin", "served", "site"]

OTHER = "00-90-33-41-03-57"
TWO = f"""<redirection><customer id="1527" name="Hosting"><project id="10801" name="HQ" url="http://u.example.com/"/></customer>
<customer id="7" name="Else"><project id="70" url="http://x.example.com/"><device sn="{OTHER}"/></project></customer>
</redirection>"""


@pytest.fixture(autouse=True)
def _equipped(site: Site) -> None:
    equip(site)
    site.put("config/redirection.xml", TWO)


def made(at: Site, *options: str) -> str:
    words = ["redirect", "code", "--root", str(at.root), "--project", "10801", *options]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return code_in(result.stdout)


def typed(at: Site, code: str, mac: str = MAC) -> bytes:
    return call(at, f"mac={mac}&type=IP112&provisioning-code={code}").body


def entries(at: Site) -> list[Assignment]:
    now = RegistryFiles(at.root).open()
    assert now
    return [entry for entry in now.registry.entries() if entry.mac != OTHER]


def test_code_sends_a_device_to_its_project_with_its_environments(served: Site) -> None:
    code = made(served, "--env", "berlin,new", "--name", "Lobby")
    assert b"# redirected to http://u.example.com/?env=berlin,new" in typed(served, code)
    assert entries(served) == [Assignment(MAC, 10801, ("berlin", "new"), "Lobby")]
    assert b"# redirected to" in typed(served, code)  # its answer got lost
    assert json.loads(served.read("audit/audit.jsonl").splitlines()[-1])["action"] == "provisioning code"


@pytest.mark.parametrize("shape", ["{}%23", "{0:.4}+{1}", "{0:.4}-{1}"])
def test_code_is_typed_as_people_do(served: Site, shape: str) -> None:
    code = made(served)
    assert b"# redirected to" in typed(served, shape.format(code, code[4:]))


def test_code_is_good_once(served: Site) -> None:
    code = made(served)
    typed(served, code)
    assert b"# unknown mac" in typed(served, code, "00-90-33-30-00-b0")
    assert len(entries(served)) == 1


def test_code_is_used_once_by_many_at_the_same_moment(served: Site) -> None:
    code, together = made(served), Together()
    for number in range(8):
        together.add(lambda number=number: typed(served, code, f"00-90-33-30-01-0{number}"))  # type: ignore[misc]
    together.run()
    assert len(entries(served)) == 1


def test_code_ends(served: Site) -> None:
    code = made(served)
    with sqlite3.connect(served.root / "cache" / "redirection-codes.sqlite") as connection:
        connection.execute("UPDATE code SET until = 1000")
    connection.close()
    assert b"# unknown mac" in typed(served, code)


def test_guessing_is_slowed_and_an_honest_device_counts_once(served: Site) -> None:
    code = made(served)
    for _ in range(20):  # as a device does with each poll
        assert b"# unknown mac" in typed(served, "00000000")
    for number in range(1, 6):
        typed(served, f"0000000{number}")
    assert b"# unknown mac" in typed(served, code)  # it has to wait, and asks again
    assert served.get("admin/admin.php?nohttps").status != 429


def test_wrong_codes_keep_no_admin_waiting(served: Site) -> None:
    made(served)
    for number in range(30):
        typed(served, f"000000{number:02}")
    visitor = Visitor(served)
    visitor.log_in()
    assert visitor.is_in


def test_code_takes_no_device_of_another_customer(served: Site) -> None:
    assert b"x.example.com" in typed(served, made(served), OTHER)
    now = RegistryFiles(served.root).open()
    assert now
    assert now.registry.entry(OTHER) == Assignment(OTHER, 70)


@pytest.mark.parametrize("code", ["", "x", "1" * 64, "%27%20OR%201=1", "%D9%A1" * 8, "1234567", "%00"])
def test_what_is_no_code_changes_nothing(served: Site, code: str) -> None:
    made(served)
    typed(served, code)
    assert entries(served) == []


def test_page_makes_a_code(served: Site, admin: Visitor) -> None:
    admin.get("?mode=redirection&project=10801")
    admin.post("?mode=redirection", {"do": "code", "project": "10801", "name": "Lobby", "env": "nosuch"})
    shown = admin.get("?mode=redirection&project=10801").text
    code = code_in(shown.partition("Provisioning code ")[2][:9])
    assert b"# redirected to http://u.example.com/\r" in typed(served, code)
    assert entries(served) == [Assignment(MAC, 10801, (), "Lobby")]
    assert MAC in admin.get("?mode=redirection&project=10801").text


def test_api_makes_a_code_for_own_projects_only(served: Site) -> None:
    def ask(method: str, said: object, bearer: str) -> tuple[int, dict[str, object]]:
        body, headers = json.dumps(said).encode(), {"Authorization": f"Bearer {bearer}"}
        answer = served.ask(method, "admin/admin.php?mode=api&path=redirection/codes", body, headers=headers)
        return answer.status, json.loads(answer.text)

    own, foreign = token(served, "--customer", "1527"), token(served, "--customer", "7")
    status, told = ask("POST", {"project": 10801, "env": ["a"], "name": "x", "hours": 2}, own)
    assert (status, told["project"], told["env"]) == (200, 10801, ["a"])
    assert ask("GET", None, own)[1] == [told]
    assert ask("GET", None, foreign)[1] == []
    assert ask("POST", {"project": 10801}, foreign)[0] == 404
    for wrong in ({}, {"project": 10801, "hours": 0}, {"project": 10801, "env": "a b"}):
        assert ask("POST", wrong, own)[0] == 400
    assert b"?env=a" in typed(served, str(told["code"]))


def test_codes_that_cannot_be_kept_cost_no_answer(served: Site) -> None:
    served.put("cache/redirection-codes.sqlite", "no database" * 1000)
    assert b"# unknown mac" in typed(served, "12345678")
