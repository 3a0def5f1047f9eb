"""Unknown devices on the page, by the command and by the API, and what the overview tells of limits."""

import json
import time

import pytest
from click.testing import CliRunner

from tests.admin.conftest import CONFIGURATION, MASTER
from tests.admin.visitor import SN, Visitor
from tests.site import Site, poll
from updateserver.cli import main

OTHER = "00-90-33-00-00-01"


def choosy(site: Site, status: str = 'approve="true"') -> None:
    site.configure(MASTER + CONFIGURATION.replace('<status dir="status"/>', f'<status dir="status" {status}/>'))


def command(site: Site, *words: str) -> str:
    return CliRunner().invoke(main, ["unknown", words[0], "--root", str(site.root), *words[1:]]).output


def test_the_overview_tells_who_waits_and_the_page_lets_them_in(served: Site, admin: Visitor) -> None:
    choosy(served)
    served.get(poll())
    assert "1 unknown device is waiting for approval" in admin.get("?mode=status").text
    page = admin.get("?mode=unknown").text
    assert SN in page
    assert "IP232" in page
    assert admin.post("?mode=unknown", {"do": "accept", "sn": SN}).status == 303
    assert "1 device accepted" in admin.get("?mode=unknown").text
    assert SN in admin.get("?mode=status").text
    assert [deed["action"] for deed in audit(served)][-1:] == ["accept"]
    assert served.log()[0].startswith("accepted by chief")


def test_the_page_refuses_and_takes_that_back(served: Site, admin: Visitor) -> None:
    choosy(served)
    served.get(poll())
    served.get(poll(sn=OTHER, hwid="IP232-00-00-01"))
    admin.get("?mode=unknown")
    admin.post("?mode=unknown", [("do", "refuse"), ("sn", SN), ("sn", OTHER)])
    assert "2 devices refused" in admin.get("?mode=unknown").text
    assert served.get(poll()).status == 403
    admin.post("?mode=unknown", {"do": "accept", "sn": SN})
    assert served.get(poll()).status == 200


def test_strangers_neither_see_nor_decide(served: Site, stranger: Visitor) -> None:
    choosy(served)
    served.get(poll())
    assert SN not in stranger.get("?mode=unknown").text
    stranger.post("?mode=unknown", {"do": "accept", "sn": SN})
    assert f"{SN}.xml" not in served.names("status")


def test_a_form_without_its_token_decides_nothing(served: Site, admin: Visitor) -> None:
    choosy(served)
    served.get(poll())
    assert admin.post("?mode=unknown", {"do": "accept", "sn": SN}, token="").status == 403
    assert f"{SN}.xml" not in served.names("status")


@pytest.mark.parametrize(("fields", "status"), [({"do": "x", "sn": SN}, 400), ({"do": "accept", "sn": "../x"}, 400)])
def test_what_no_page_sends_is_refused(served: Site, admin: Visitor, fields: dict[str, str], status: int) -> None:
    choosy(served)
    admin.get("?mode=unknown")
    assert admin.post("?mode=unknown", fields).status == status


def test_what_a_device_says_of_itself_is_text(served: Site, admin: Visitor) -> None:
    choosy(served)
    served.get(poll(sn="soft-phone", type="IP232", hwid="x"))
    page = admin.get("?mode=unknown").text
    assert "soft-phone" in page


@pytest.mark.parametrize(("language", "told"), [("en", "4 calls of new devices"), ("de", "4 Anfragen neuer Geräte")])
def test_the_overview_tells_what_a_limit_refused(served: Site, admin: Visitor, language: str, told: str) -> None:
    choosy(served, 'newperhour="1"')
    for number in range(5):
        served.get(poll(sn=f"00-90-33-00-00-0{number}"))
    admin.language = language
    for page in (admin.get("?mode=status").text, admin.get("?mode=show").text):
        assert told in page
        assert "127.0.0.1 (4)" in page


def test_the_page_is_in_german_too(served: Site, admin: Visitor) -> None:
    choosy(served)
    served.get(poll())
    admin.language = "de"
    assert "1 unbekanntes Gerät wartet auf Zulassung" in admin.get("?mode=status").text
    assert "Zulassen" in admin.get("?mode=unknown").text


def test_commands_list_accept_and_refuse(served: Site) -> None:
    choosy(served)
    served.get(poll())
    served.get(poll(sn=OTHER, hwid="IP232-00-00-01"))
    assert f"{SN}        waits    IP232" in command(served, "list")
    assert command(served, "refuse", OTHER.upper().replace("-", "")) == f"{OTHER}: refused\n"
    assert command(served, "accept", "--all") == f"{SN}: accepted\n"
    assert command(served, "accept", SN) == f"{SN}: is known already\n"
    assert served.get(poll()).lines != []
    assert served.get(poll(sn=OTHER)).status == 403


def test_a_device_may_be_accepted_before_it_calls(served: Site) -> None:
    choosy(served)
    command(served, "accept", "0090333000AF")
    assert served.get(poll()).lines != []


@pytest.mark.parametrize("words", [("accept",), ("refuse", "../x"), ("accept", "a/b")])
def test_commands_say_what_is_wrong(served: Site, words: tuple[str, ...]) -> None:
    choosy(served)
    assert "Error" in command(served, *words)
    assert "Traceback" not in command(served, *words)


def test_the_api_lists_and_decides(served: Site) -> None:
    choosy(served)
    served.get(poll())
    reader, decider = token(served, "reader"), token(served, "decider", "--admission")
    status, found = api(served, reader, "unknown")
    assert (status, [one["sn"] for one in found["devices"]]) == (200, [SN])
    assert api(served, reader, f"unknown/{SN}/accept", "POST")[0] == 403
    assert api(served, decider, "unknown")[0] == 403
    assert api(served, decider, f"unknown/{SN}/accept")[0] == 403
    assert api(served, decider, "devices", "POST")[0] == 403
    assert api(served, decider, "unknown/a%20b/accept", "POST")[0] == 400
    assert f"{SN}.xml" not in served.names("status")
    assert api(served, decider, "unknown/0090333000AF/accept", "POST") == (200, {"sn": SN, "done": "accept"})
    assert api(served, decider, f"unknown/{SN}/refuse", "POST")[0] == 409
    assert served.get(poll()).lines != []
    assert audit(served)[-1]["user"] == "token decider"


def token(site: Site, name: str, *options: str) -> str:
    words = ["api-token", "create", "--root", str(site.root), name, *options]
    return CliRunner().invoke(main, words).output.strip()


def api(site: Site, bearer: str, path: str, method: str = "GET") -> tuple[int, dict[str, object]]:
    target = f"admin/admin.php?mode=api&path={path}"
    answer = site.ask(method, target, headers={"Authorization": f"Bearer {bearer}"})
    return answer.status, json.loads(answer.text)


def audit(site: Site) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in site.read("audit/audit.jsonl").decode().splitlines()]
    assert all(abs(line["time"] - time.time()) < 3600 for line in lines)
    return lines
