"""What the check says of the files of a site: names by which no device gets them, what editors left in them, places."""

import os
import sqlite3
import time
from pathlib import Path

import pytest

from updateserver.findings.io.all import examined

from .site import SAFE, Site

PHASES = '<phases><phase id="first" seq="1"/></phases>'
PLACES = '<environments><environment id="berlin"/></environments>'
NAME = "update-all-default.txt"
BUILDS = '<info><sys version="14r1 IP811[14.0001], Bootcode[140001], Hardware[300] "/></info>'


def put(site: Site, name: str, content: bytes | str = "config change X\r\n") -> Path:
    path = site.root / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def told(site: Site, own: str = "") -> list[str]:
    site.says(SAFE + own)
    return [str(finding) for finding in examined(site.root).findings]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Update-all-default.txt", NAME),
        ("UPDATE-ALL-DEFAULT.TXT", NAME),
        ("update_all_default.txt", NAME),
        ("update all default.txt", NAME),
        ("updat-all-default.txt", NAME),
        ("update-al-default.txt", NAME),
        ("update-all-defaults.txt", NAME),
        ("update-all-all.txt", NAME),
        ("update-phnoe-default.txt", "update-phone-default.txt"),
        ("update-ip2322-default.txt", "update-ip232-default.txt"),
        ("update-all-default.txt.bak", NAME),
        ("update-all-default.txt~", NAME),
        ("update-all-default.txt.txt", NAME),
        ("update-all-default.txt.2026-11-27", NAME),
        ("update-all-default", NAME),
        ("update-all-00-90-33-30-00-AF.txt", "update-all-00_90_33_30_00_af.txt"),
        ("update-all-0090333000af.txt", "update-all-00_90_33_30_00_af.txt"),
        ("update-all-00:90:33:30:00:af.txt", "update-all-00_90_33_30_00_af.txt"),
        ("update-all.txt", None),
        ("update-all-default-2.txt", None),
        ("notes.txt", None),
        ("README", None),
        ("Kopie von update-all-default.txt", None),
    ],
)
def test_a_name_by_which_no_device_gets_it(site: Site, name: str, meant: str | None):
    put(site, f"scripts/{name}")
    (finding,) = told(site)
    assert finding.startswith(f"scripts/{name}: no device gets it: ")
    if meant and "lower case" not in finding:
        assert finding.endswith(f"did you mean {meant!r}?")
    if not meant:
        assert "did you mean" not in finding


@pytest.mark.parametrize(
    ("name", "own"),
    [
        (NAME, ""),
        ("update-phone-default.txt", ""),
        ("update-ip232-default.txt", ""),
        ("update-all-00_90_33_30_00_af.txt", ""),
        ("all-all-all.txt", PHASES + PLACES),
        ("first-phone-berlin.txt", PHASES + PLACES),
        (".htaccess", ""),
        (".update-all-default.txt.swp", ""),
    ],
)
def test_a_name_by_which_devices_get_it(site: Site, name: str, own: str):
    put(site, f"scripts/{name}")
    assert told(site, own) == []


def test_all_counts_only_where_there_are_several(site: Site):
    put(site, "scripts/all-all-default.txt")
    (finding,) = told(site)
    assert finding.startswith("scripts/all-all-default.txt: no device gets it: there is only one phase")


@pytest.mark.parametrize("written", ['type="IP999"', "hwid='x' type='ip999'"])
def test_types_of_devices_are_known_by_their_states(site: Site, written: str):
    put(site, "scripts/update-ip999-default.txt")
    own = '<status dir="status"/>'
    assert len(told(site, own)) == 1
    put(site, "status/00-90-33-30-00-af.xml", f"<state><device {written}/></state>")
    assert told(site, own) == []


def test_types_of_devices_are_known_by_the_index(site: Site):
    put(site, "scripts/update-ip999-default.txt")
    (site.root / "cache").mkdir()
    with sqlite3.connect(site.root / "cache" / "fleet-index.sqlite") as connection:
        connection.execute("CREATE TABLE device (type)")
        connection.execute("INSERT INTO device VALUES ('IP999')")
    connection.close()
    before = sorted(site.root.rglob("*"))
    assert told(site, '<status dir="status"/>') == []
    assert sorted(site.root.rglob("*")) == sorted([*before, site.own])


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b"", 0, "empty"),
        (b" \r\n\r\n", 0, "empty"),
        ("a\r\n".encode("utf-8-sig"), 1, "BOM"),
        (b"a\r\n\xef\xbb\xbfb\r\n", 2, "BOM"),
        ("config change X\r\n".encode("utf-16"), 0, "UTF-16"),
        ("config change X\r\n".encode("utf-16-be"), 0, "UTF-16"),
        (b"config change X\r\nconfig \0\r\n", 0, "UTF-16"),
        (b"a\r\nb\rc\r", 2, "carriage return"),
        (b"a\r\nB\xfcro\r\n", 2, "not UTF-8"),
        (b"a\r\n" * 30_000 + b"\xef\xbb\xbf", None, ""),
    ],
)
def test_what_an_editor_left(site: Site, content: bytes, line: int | None, what: str):
    put(site, f"scripts/{NAME}", content)
    findings = told(site)
    if line is None:
        assert findings == []
        return
    place = f"scripts/{NAME}:{line}: " if line else f"scripts/{NAME}: "
    assert findings[0].startswith(place)
    assert what in findings[0]
    assert len(findings) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"a\r\nb\r\n",
        b"a\nb\n",
        b"a\r\nb",
        b"# only a remark\r\n",
        "Büro\r\n".encode(),
        b"\xc3\xbc" * 40_000,
        b"a\r\n" * 30_000,
    ],
)
def test_usual_text_is_not_told(site: Site, content: bytes):
    put(site, f"scripts/{NAME}", content)
    assert told(site) == []


def test_a_snippet_that_is_a_folder_is_told(site: Site):
    (site.root / "scripts" / NAME).mkdir(parents=True)
    (site.root / "scripts" / "old").mkdir()
    assert told(site) == [f"scripts/{NAME}: is a folder, so no device gets it"]


def test_a_link_that_leads_nowhere_is_told_once(site: Site):
    (site.root / "scripts").mkdir()
    (site.root / "scripts" / NAME).symlink_to("nowhere.txt")
    assert len(told(site)) == 1


def test_of_many_files_some_are_told_and_the_others_counted(site: Site):
    for number in range(250):
        put(site, f"scripts/note-{number}.txt")
    findings = told(site)
    assert len(findings) == 101
    assert "scripts: 150 more findings about files in this folder" in findings


@pytest.mark.parametrize(
    "name", ["user-config.xml", "user_config.xml", "config/User-Config.xml", "config/user-config.xml.txt"]
)
def test_a_configuration_that_is_not_read(site: Site, name: str):
    put(site, name, "<config/>")
    assert told(site) == [f"{name}: is not read: the site's own configuration is config/user-config.xml"]


def test_a_configuration_in_the_wrong_place_is_told_where_the_right_one_is_missing(site: Site):
    put(site, "user-config.xml", "<config/>")
    findings = [str(finding) for finding in examined(site.root).findings]
    assert findings[0].startswith("config/user-config.xml: the file does not exist")
    assert findings[1].startswith("user-config.xml: is not read")


@pytest.mark.parametrize(("name", "own"), [("update-all-default.txt", ""), ("x.TXT", "")])
def test_a_text_in_the_root_folder(site: Site, name: str, own: str):
    put(site, name)
    assert told(site, own) == [f"{name}: is delivered to nobody: if it is a snippet, it belongs into scripts/"]


@pytest.mark.parametrize("name", ["config/scripting.class.php", "scripting.class.php", "config/Scripting.Class.php"])
def test_scripting_code_of_the_php_server(site: Site, name: str):
    put(site, name, "<?php")
    (finding,) = told(site)
    assert finding == f"{name}: is no longer read, so what it sends is missing: write it anew as config/scripting.py"
    assert examined(site.root).findings[0].severity == "error"
    put(site, "config/scripting.py", "")
    assert told(site) == []


def test_samples_are_not_told(site: Site):
    for name in ("sample.user-config.xml", "sample.scripting.py", "sample.scripting.class.php"):
        put(site, f"config/{name}", "x")
    assert told(site) == []


def test_scripting_code_that_cannot_be_run(site: Site):
    put(site, "config/scripting.py", "class X:\n  def f(:\n")
    (finding,) = told(site)
    assert finding.startswith("config/scripting.py:2: cannot be run, devices get the standard snippets only: ")


@pytest.mark.parametrize("has_builds", [True, False])
def test_a_reference_device_that_could_not_be_asked(site: Site, has_builds: bool):
    own = SAFE.replace('info=""', 'info="http://127.0.0.1/x.xml"')
    put(site, "cache/master-info.xml.failed", "http://127.0.0.1/x.xml\ncannot access http://127.0.0.1/x.xml\nrefused")
    if has_builds:
        old = put(site, "cache/master-info.xml", BUILDS)
        _age(old)
    site.says(own)
    (finding,) = examined(site.root).findings
    assert (finding.severity, finding.element) == ("warning" if has_builds else "error", "master/@info")
    assert finding.message.endswith("refused")
    put(site, "cache/master-info.xml", BUILDS)
    _age(site.root / "cache/master-info.xml.failed")
    assert examined(site.root).findings == ()


def _age(path: Path) -> None:
    os.utime(path, (time.time() - 99, time.time() - 99))
