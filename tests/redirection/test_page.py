"""The page about redirection, as an admin without scripts uses it."""

import json
import time

import pytest

from tests.admin.conftest import admin, equip, stranger
from tests.admin.visitor import Visitor, page
from tests.redirection.calls import call, from_the_box
from tests.redirection.kit import MAC
from tests.site import Site, served, site
from updateserver.redirection.io.registry_files import RegistryFiles
from updateserver.redirection.registry import Assignment

__all__ = ["admin", "served", "site", "stranger"]

OTHER = "00-90-33-41-03-57"
TWO = f"""<redirection><customer id="1527" name="Hosting"><project id="10801" name="HQ" url="http://u.example.com/"/></customer>
<customer id="7" name="Else"><project id="70" url="http://x.example.com/"><device sn="{OTHER}"/></project></customer>
</redirection>"""


@pytest.fixture(autouse=True)
def _equipped(site: Site) -> None:
    equip(site)
    site.put("config/redirection.xml", TWO)


def entries(at: Site) -> list[Assignment]:
    now = RegistryFiles(at.root).open()
    assert now
    return list(now.registry.entries())


def actions(at: Site) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in at.read("audit/audit.jsonl").decode().splitlines()]
    return [(line["action"], line["subject"]) for line in lines if line["action"] != "login"]


def paste(admin: Visitor, numbers: str, **more: str) -> int:
    admin.get("?mode=redirection&project=10801")
    fields = {"do": "paste", "project": "10801", "numbers": numbers, **more}
    return admin.post("?mode=redirection", fields).status


def test_numbers_in_any_notation_are_pasted(served: Site, admin: Visitor) -> None:
    text = (
        "Serial number\r\n0090333000AF\r\n00:90:33:30:00:b0;IP232\r\n\r\n# more\r\n0090.3330.00b1 00-90-33-30-00-b2\r\n"
    )
    assert paste(admin, text) == 303
    expected = [MAC, *(f"00-90-33-30-00-b{number}" for number in range(3))]
    assert [one.mac for one in entries(served) if one.project == 10801] == expected
    shown = admin.get("?mode=redirection&project=10801").text
    assert "4 devices added" in shown
    assert all(mac in shown for mac in expected)
    assert actions(served) == [("redirect", "")]


def test_wrong_line_is_named_and_nothing_is_taken(served: Site, admin: Visitor) -> None:
    admin.get("?mode=redirection&project=10801")
    answer = admin.post("?mode=redirection", {"do": "paste", "project": "10801", "numbers": f"{MAC}\n00-90-33\n<b>x"})
    assert answer.status == 400
    assert "2: &#39;00-90-33&#39; is no serial number" in answer.text
    assert f"{MAC}\n00-90-33\n" in page(answer).get_element_by_id("numbers").text
    assert "<b>x" not in answer.text
    assert [one.mac for one in entries(served)] == [OTHER]
    assert paste(admin, " \n") == 400


def test_device_of_another_customer_is_taken_on_demand_only(served: Site, admin: Visitor) -> None:
    assert paste(admin, f"{MAC}\n{OTHER}") == 400
    assert [one.project for one in entries(served)] == [70]
    assert paste(admin, f"{MAC}\n{OTHER}", **{"take-over": "yes"}) == 303
    assert [one.project for one in entries(served)] == [10801, 10801]


def test_unknown_device_is_assigned_by_one_click(served: Site, admin: Visitor) -> None:
    device = from_the_box(served)
    device.poll()
    device.poll()
    assert MAC in admin.get("?mode=redirection").text
    admin.post("?mode=redirection", {"do": "assign", "sn": MAC, "project": "10801", "next": "?mode=redirection"})
    shown = admin.get("?mode=redirection").text
    assert "1 device added" in shown
    assert MAC not in shown.partition("1 device added")[2]
    device.poll()
    assert device.url == "http://u.example.com/"
    assert actions(served) == [("redirect", MAC)]


def test_unknown_device_is_added_to_this_update_server(served: Site, admin: Visitor) -> None:
    served.configure(
        '<master info="" user="chief" password="correct horse"/><status dir="status" approve="true"/>'
        '<environments><environment id="berlin"/><environment id="new"/></environments>'
    )
    served.put("scripts/update-all-berlin.txt", "config add CMD0 /name Lobby\r\n", age=100)
    device = from_the_box(served)
    device.poll()
    device.poll()
    admin.get("?mode=redirection")
    for _ in range(2):
        admin.post("?mode=redirection", [("do", "adopt"), ("sn", MAC), ("env", "berlin"), ("env", "nosuch")])
    assert [one for one in entries(served) if one.mac == MAC] == [Assignment(MAC, 10802, ("berlin",))]
    assert device.run_until_rest(20)
    assert device.at_rest
    assert device.configuration.option("CMD0", "/name") == "Lobby"
    assert ("accept", MAC) in actions(served)


def test_project_is_made_and_changed(served: Site, admin: Visitor) -> None:
    admin.get("?mode=redirection")
    fields = {"do": "project", "customer": "1527", "name": "Berlin", "url": "here"}
    assert "project=10802" in admin.post("?mode=redirection", fields).headers["location"]
    admin.get("?mode=redirection&project=10802")
    admin.post("?mode=redirection", {"do": "project", "project": "10802", "env": "a, b", "comment": "x"})
    now = RegistryFiles(served.root).open()
    assert now
    project = now.registry.projects()[-1]
    assert (project.name, project.url, project.environments, project.comment) == ("Berlin", "here", ("a", "b"), "x")
    answer = admin.post("?mode=redirection", {"do": "project", "project": "10802", "url": "ftp://x"})
    assert (answer.status, "is no address" in answer.text) == (400, True)


def test_device_shows_its_last_calls_and_is_removed(served: Site, admin: Visitor) -> None:
    call(served, f"mac={OTHER}&type=IP811&ver=%3Cscript%3E")
    shown = admin.get("?mode=redirection&search=009033410357").text
    assert "redirected" in shown
    assert "IP811" in shown
    admin.post("?mode=redirection", {"do": "remove", "sn": OTHER})
    assert entries(served) == []
    assert actions(served) == [("redirect no more", OTHER)]


def test_projects_are_searched(admin: Visitor) -> None:
    assert "10801 HQ" in admin.get("?mode=redirection&search=hosting").text
    assert "10801 HQ" not in admin.get("?mode=redirection&search=nosuch").text.partition("<h2>")[2].partition("<h2")[0]


def test_devices_of_a_project_are_shown_in_parts(admin: Visitor) -> None:
    paste(admin, "\n".join(f"00903330{number:04x}" for number in range(150)))
    first = admin.get("?mode=redirection&project=10801")
    assert first.text.count('name="sn"') == 100
    following = page(first).xpath("//a[contains(@href, 'since=')]/@href")[0]
    assert admin.get(following).text.count('name="sn"') == 50


def test_calls_are_json_for_whoever_is_logged_in(served: Site, admin: Visitor, stranger: Visitor) -> None:
    call(served, f"mac={OTHER}")
    found = json.loads(admin.get("?mode=calls&from=here").text)
    assert [one["mac"] for one in found] == [OTHER]
    assert abs(found[0]["time"] - time.time()) < 600
    assert OTHER not in stranger.get("?mode=calls").text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"do": "x"}, 400),
        ({"do": "paste", "project": "1"}, 404),
        ({"do": "assign", "project": "10801"}, 400),
        ({"do": "assign", "project": "10801", "sn": "../x"}, 400),
        ({"do": "assign", "project": "9" * 5000, "sn": MAC}, 404),
        ({"do": "remove"}, 400),
        ({"do": "project", "customer": "x"}, 400),
        ({"do": "project", "customer": "0"}, 400),
        ({"do": "project", "customer": "1", "url": "http://x/\nmod"}, 400),
    ],
)
def test_what_no_page_sends_is_refused(admin: Visitor, fields: dict[str, str], status: int) -> None:
    admin.get("?mode=redirection")
    assert admin.post("?mode=redirection", fields).status == status


def test_strangers_neither_see_nor_change(served: Site, stranger: Visitor, admin: Visitor) -> None:
    assert "10801" not in stranger.get("?mode=redirection").text
    fields = {"do": "remove", "sn": OTHER}
    assert stranger.post("?mode=redirection", fields).status == 403
    assert admin.post("?mode=redirection", fields, token="").status == 403
    assert len(entries(served)) == 1


def test_hostile_device_stays_text(served: Site, admin: Visitor) -> None:
    call(served, f"mac={MAC}&type=%3Cscript%3Ealert(1)%3C/script%3E&localip=%3Cb%3E")
    for query in ("?mode=redirection", f"?mode=redirection&search={MAC}", "?mode=redirection&search=%3Cscript%3E"):
        assert b"<script>" not in admin.get(query).body


def test_page_is_in_german_too(served: Site, admin: Visitor) -> None:
    call(served, f"mac={MAC}")
    admin.language = "de"
    for query, text in (
        ("", "Unbekannte Geräte, die sich gemeldet haben"),
        ("&project=10801", "Geräte hinzufügen"),
        (f"&search={MAC}", "unbekannt, fragt weiter"),
    ):
        assert text in admin.get(f"?mode=redirection{query}").text


def test_without_redirection_the_page_says_how_to_begin(served: Site, admin: Visitor) -> None:
    assert "?mode=redirection" in admin.get("?mode=audit").text
    (served.root / "config" / "redirection.xml").unlink()
    assert "?mode=redirection" not in admin.get("?mode=audit").text
    assert "not set up here" in admin.get("?mode=redirection").text
    admin.get("?mode=audit")
    assert admin.post("?mode=redirection", {"do": "remove", "sn": MAC}).status == 404
