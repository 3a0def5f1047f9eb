"""What is wrong, as the page tells it: the same as the command, in German too; and pages that stay bounded."""

import html
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.admin.conftest import CONFIGURATION, MASTER
from tests.admin.visitor import SN, Visitor
from tests.admin.visitor import page as read_page
from tests.site import Site
from updateserver.certificates.io.journal import Journal
from updateserver.cli.check_config import check_config

WRONG = (
    f'{MASTER}{CONFIGURATION}<times allow="22, 23" proxies="10.0.0.1,proxy" tims="1" grace="soon"/>'
    '<fwstorage url="fw/"/><classes><class id="x"><model/></class></classes>'
)


def _spoil(site: Site) -> None:
    site.configure(WRONG)
    site.put("scripts/updte-all-default.txt", "config change X\r\n")
    site.put("scripts/update-all-default.txt", b"\xff\xfeX")
    site.put("user-config.xml", "")
    site.put("cache/unnamed-proxies", f"192.0.2.9 {2**31}\n")
    site.put("certs/CAkey-01.cer", "no certificate")


def _shown(visitor: Visitor) -> list[str]:
    items = read_page(visitor.get("?mode=show")).xpath("//ul[@class='findings']/li")
    return [" ".join(item.text_content().split()) for item in items]


def test_the_page_tells_what_the_command_tells(admin: Visitor, served: Site) -> None:
    _spoil(served)
    outcome = CliRunner().invoke(check_config, ["--root", str(served.root), "--json"])
    findings = json.loads(outcome.output)
    shown = _shown(admin)
    assert len(shown) == len(findings) > 9
    for finding, text in zip(findings, shown, strict=True):
        assert text.startswith("Error" if finding["severity"] == "error" else "Warning")
        assert text.endswith(" ".join(finding["message"].split()))


def test_the_page_tells_it_in_german(admin: Visitor, served: Site) -> None:
    _spoil(served)
    admin.language = "de"
    shown = "\n".join(_shown(admin))
    for told in (
        "Geräte bekommen es mit den Leerzeichen: 22,23 schreiben",
        "sollte eine Anzahl Sekunden sein: gilt als 0; nur Ziffern schreiben",
        "ist 'update-all-default.txt' gemeint?",
        "Es gibt keine Phase 'updte'",
        "als UTF-8 speichern",
    ):
        assert told in shown


def test_the_snippets_page_remarks_what_an_editor_left(admin: Visitor, served: Site) -> None:
    served.put("scripts/update-all-default.txt", "config change X\r\n".encode("utf-8-sig"))
    assert "1 hint" in admin.get("?mode=snippets").text
    text = html.unescape(admin.get("?mode=snippet&fn=scripts/update-all-default.txt").text)
    assert "an invisible mark (BOM) begins this line" in text


@pytest.mark.parametrize("name", [b"update-all-\xfc.txt", b"\xff.txt", b"update-all-default.txt\n.txt", b"<b>-&-x.txt"])
def test_names_of_any_bytes_are_told(admin: Visitor, served: Site, name: bytes) -> None:
    folder = served.root / "scripts"
    folder.mkdir(exist_ok=True)
    (folder / os.fsdecode(name)).write_text("x")
    outcome = CliRunner().invoke(check_config, ["--root", str(served.root)])
    assert "no device gets it" in outcome.output
    assert "no device gets it" in admin.get("?mode=show").text
    assert admin.get("?mode=snippets").status == 200


@pytest.fixture
def events() -> Iterator[list[tuple[str, str]]]:
    """What the program lists and opens, while a test runs."""
    seen: list[tuple[str, str]] = []
    is_on = [True]

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if is_on and event in ("open", "os.scandir", "os.listdir"):
            seen.append((event, str(arguments[0])))

    sys.addaudithook(note)
    yield seen
    is_on.clear()


def test_a_password_in_an_address_is_not_shown(admin: Visitor, served: Site) -> None:
    own = MASTER.replace('info=""', 'info="http://me:hush@127.0.0.1:9/CMD0/box_info.xml"') + CONFIGURATION
    served.configure(own)
    assert "cannot access" in served.get(f"update.php?type=IP232&sn={SN}&hwid=IP232-30-00-af&ip=10.1.2.3").text
    text = admin.get("?mode=show").text
    assert "its address holds a user" in text
    assert "hush" not in text


@pytest.mark.parametrize(("mode", "most"), [("show", 1300), ("snippets", 500)])
def test_a_page_lists_the_snippets_seldom_however_many_there_are(
    admin: Visitor, served: Site, events: list[tuple[str, str]], mode: str, most: int
) -> None:
    for number in range(1000):
        served.put(f"scripts/update-all-00_90_33_00_{number >> 8:02x}_{number & 255:02x}.txt", "config change X\r\n")
    events.clear()
    assert admin.get(f"?mode={mode}").status == 200
    ours = [event for event, path in events if path.startswith(str(served.root / "scripts"))]
    assert len(ours) - ours.count("open") <= 3
    assert ours.count("open") <= most  # of findings each one's beginning, else what is shown


def test_many_snippets_are_shown_in_parts(admin: Visitor, served: Site) -> None:
    for number in range(1100):
        served.put(f"scripts/note-{number:04}.txt", "x\r\n")
    first, second, last = (admin.get(f"?mode=snippets&offset={offset}").text for offset in ("0", "500", "1000"))
    assert ("note-0499" in first, "note-0500" in first, "1 to 500 of 1,100" in first) == (True, False, True)
    assert ("note-0500" in second, "note-0999" in second, "501 to 1,000" in second) == (True, True, True)
    assert ("note-1099" in last, "offset=1500" in last, "1,001 to 1,100" in last) == (True, False, True)
    assert admin.get("?mode=snippets&offset=x").text.count("note-") == first.count("note-")


def test_the_device_page_does_not_read_a_journal_that_has_no_end(admin: Visitor, served: Site) -> None:
    served.get(f"update.php?type=IP232&sn={SN}&hwid=IP232-30-00-af&ip=10.1.2.3")
    served.put("certs/journal.jsonl", "")
    with (served.root / "certs" / "journal.jsonl").open("r+b") as file:
        file.truncate(1 << 40)  # sparse: to read it all takes hours
    journal = Journal(served.root / "certs")
    for number in range(40):
        journal.append("signed", SN, f"admin {number}")
        journal.append("signed", "00-90-33-30-00-b0", "somebody else")
    text = admin.get(f"?mode=device&sn={SN}").text
    assert "admin 39" in text
    assert "admin 10" in text
    assert "admin 9 " not in text
    assert "somebody else" not in text
    assert "there may be older entries in it" in text


def test_a_journal_tells_all_that_is_in_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in range(3000):
        journal.append("request", f"00-90-33-30-00-{number % 3:02x}", "device", reasons=["x" * (number % 700)])
    with (tmp_path / "journal.jsonl").open("a") as file:
        file.write('{"time": 1, "deed"')
    for sn in ("00-90-33-30-00-00", "00-90-33-30-00-02"):
        entries = list(journal.entries(sn))
        assert len(entries) == 1000
        assert journal.newest(sn, 5000) == entries[::-1]
        assert journal.newest(sn, 3) == entries[:-4:-1]
    assert journal.newest("00-90-33-30-00-03", 3) == []
    assert not journal.is_long
