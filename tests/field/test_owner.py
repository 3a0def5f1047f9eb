"""What the admin's own hand does: clocks, links, removed devices."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.datastructures import LanguageAccept

from tests.field.field import BACKUP, Field
from tests.site import SN
from tests.waiting import wait_until
from updateserver.findings.io.all import load
from updateserver.fleet.io.index import FleetIndex
from updateserver.fleet.rows import Glance
from updateserver.poll.io.installation import Installation
from updateserver.virtual.reference import VirtualReference
from updateserver.web.admin.translation import translation_for

DAY = 86400


@pytest.mark.parametrize("ahead", [DAY, 400 * DAY, 3600])
def test_15_a_cache_from_the_future_is_not_current(field: Field, ahead: int) -> None:
    with VirtualReference() as device:
        field.case("15-clock-jump").change("http://127.0.0.1:19230/v13/box_info.xml", device.url)
        assert "113454" in field.poll().text
        then = time.time() + ahead
        os.utime(field.site.root / "cache" / "master-info.xml", (then, then))
        device.version = device.version.replace("113454", "113999")
        assert "113999" in field.poll().text


@pytest.mark.parametrize("ahead", [DAY, 400 * DAY])
def test_15_a_clean_up_from_the_future_does_not_hold_up_the_next(field: Field, ahead: int) -> None:
    site = field.case("15-clock-jump").site
    field.change('info="http://127.0.0.1:19230/v13/box_info.xml"', 'info=""')
    site.put("status/00-90-33-00-00-01.xml", "<state/>", age=4000 * DAY)
    site.put("status/lastcleanup", "", age=-ahead)
    field.poll()
    wait_until(lambda: "00-90-33-00-00-01.xml" not in site.names("status"), "the old state is forgotten")
    assert (site.root / "status" / "lastcleanup").stat().st_mtime < time.time() + 60


@pytest.mark.parametrize("ahead", [DAY, 400 * DAY, 3600, 10**9])
def test_15_a_device_that_calls_in_the_future_has_not_been_seen(field: Field, ahead: int) -> None:
    site = field.case("15-clock-jump").site
    field.change('info="http://127.0.0.1:19230/v13/box_info.xml"', 'info=""')
    future = f'<state seen="{int(time.time()) + ahead}"><device sn="{SN}" type="IP232" hwid="IP232-30-00-af"/></state>'
    site.put(f"status/{SN}.xml", future, age=0)
    config = load(site.root)[0]
    assert config

    def shown(text: str = "") -> list[tuple[bool, str]]:
        return [
            (row.is_missing, row.glance) for row in FleetIndex(Installation(site.root), every=0).page(config, text).rows
        ]

    assert shown() == shown("missing") == [(True, Glance.MISSING)]
    assert shown("present") == []
    field.poll()
    assert shown() == shown("present") == [(False, Glance.SEEN)]
    assert shown("missing") == []


def test_15_a_time_to_come_is_told_as_it_is() -> None:
    now = int(time.time())
    translate = translation_for(LanguageAccept())
    assert translate.age(now, now) == "0 secs"
    assert translate.age(now + 400 * DAY, now) == translate.time(now + 400 * DAY)


def test_15_a_snippet_from_the_future_is_still_being_edited(field: Field) -> None:
    site = field.case("15-clock-jump").site
    field.change('info="http://127.0.0.1:19230/v13/box_info.xml"', 'info=""')
    command = site.snippet(age=-DAY)
    answer = field.poll()
    assert command not in answer.lines
    assert "files being updated (scripts/update-all-default.txt" in answer.text


def test_31_snippets_may_be_links(field: Field) -> None:
    site = field.case("31-symlinked-snippets").site
    site.put("common.txt", "config add CMD0 /name Common")
    (site.root / "scripts").mkdir()
    (site.root / "scripts" / "update-all-default.txt").symlink_to(site.root / "common.txt")
    assert "config add CMD0 /name Common" in field.poll().lines


def _nothing(path: Path) -> None:
    path.symlink_to("nowhere.txt")


def _folder(path: Path) -> None:
    path.mkdir()


def _to_a_folder(path: Path) -> None:
    path.symlink_to(path.parent)


def _through_a_file(path: Path) -> None:
    path.symlink_to("update-all-berlin.txt/common.txt")


@pytest.mark.parametrize("odd", [_nothing, _folder, _to_a_folder, _through_a_file])
def test_31_what_leads_to_no_file_is_no_snippet(field: Field, odd: Callable[[Path], None]) -> None:
    site = field.case("31-symlinked-snippets").site
    site.put("scripts/update-all-berlin.txt", "config add CMD0 /name Berlin")
    site.configure('<master info=""/><status dir="status"/><environments><environment id="default"/>'
                   '<environment id="berlin"/></environments>')  # fmt: skip
    odd(site.root / "scripts" / "update-all-default.txt")
    answer = field.poll("&env=default,berlin")
    assert answer.status == 200
    assert "config add CMD0 /name Berlin" in answer.lines
    assert "# scripts/update-all-default.txt does not exist" in answer.text
    checked = field.check()
    assert checked.exception is None or isinstance(checked.exception, SystemExit)


@pytest.mark.parametrize("way", ["a link to a link", "the folder is one", "an absolute one"])
def test_31_links_of_other_kinds_lead_to_snippets(field: Field, way: str, tmp_path: Path) -> None:
    site = field.case("31-symlinked-snippets").site
    (tmp_path / "shared").mkdir()
    common = tmp_path / "shared" / "update-all-default.txt"
    common.write_text("config add CMD0 /name Common")
    os.utime(common, (0, 0))
    snippet = site.root / "scripts" / "update-all-default.txt"
    if way == "the folder is one":
        snippet.parent.symlink_to(common.parent)
    else:
        snippet.parent.mkdir()
        between = snippet.with_name("between.txt")
        between.symlink_to(common)
        snippet.symlink_to("between.txt" if way == "a link to a link" else common)
    assert "config add CMD0 /name Common" in field.poll().lines


def test_31_a_file_behind_a_link_counts_with_its_own_age(field: Field) -> None:
    site = field.case("31-symlinked-snippets").site
    site.put("common.txt", "config add CMD0 /name Common", age=1)
    (site.root / "scripts").mkdir()
    (site.root / "scripts" / "update-all-default.txt").symlink_to("../common.txt")
    assert "files being updated" in field.poll().text


def test_35_a_device_that_was_deleted_returns(field: Field) -> None:
    site = field.case("35-deleted-device-returns").site
    field.poll()
    field.put(BACKUP, b"config change A\r\n")
    kept = field.backups()
    (site.root / "status" / f"{SN}.xml").unlink()
    assert field.poll().status == 200
    assert field.put(BACKUP, b"config change A\r\n").status == 200
    assert field.backups() == kept
