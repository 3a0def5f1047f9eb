"""What the admin's own hand does: clocks, links, removed devices."""

import os
import time

import pytest

from tests.field.field import BACKUP, Field
from tests.site import SN
from updateserver.virtual.reference import ReferenceDevice

DAY = 86400


@pytest.mark.parametrize("ahead", [DAY, 400 * DAY, 3600])
def test_15_a_cache_from_the_future_is_not_current(field: Field, ahead: int) -> None:
    with ReferenceDevice() as device:
        field.case("15-clock-jump").change("http://127.0.0.1:19230/v13/box_info.xml", device.url)
        assert "113454" in field.poll().text
        then = time.time() + ahead
        os.utime(field.site.root / "cache" / "master-info.xml", (then, then))
        device.version = device.version.replace("113454", "113999")
        assert "113999" in field.poll().text


def test_31_snippets_may_be_links(field: Field) -> None:
    site = field.case("31-symlinked-snippets").site
    site.put("common.txt", "config add CMD0 /name Common")
    (site.root / "scripts").mkdir()
    (site.root / "scripts" / "update-all-default.txt").symlink_to(site.root / "common.txt")
    assert "config add CMD0 /name Common" in field.poll().lines


def test_31_a_folder_named_like_a_snippet_is_none(field: Field) -> None:
    site = field.case("31-symlinked-snippets").site
    (site.root / "scripts" / "update-all-default.txt").mkdir(parents=True)
    assert field.poll().status == 200


def test_31_a_dangling_link_is_no_snippet(field: Field) -> None:
    site = field.case("31-symlinked-snippets").site
    (site.root / "scripts").mkdir()
    (site.root / "scripts" / "update-all-default.txt").symlink_to(site.root / "nowhere.txt")
    assert field.poll().status == 200


def test_35_a_device_that_was_deleted_returns(field: Field) -> None:
    site = field.case("35-deleted-device-returns").site
    field.poll()
    field.put(BACKUP, b"config change A\r\n")
    kept = field.backups()
    (site.root / "status" / f"{SN}.xml").unlink()
    assert field.poll().status == 200
    assert field.put(BACKUP, b"config change A\r\n").status == 200
    assert field.backups() == kept
