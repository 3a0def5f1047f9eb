import os
import threading
from pathlib import Path

import pytest

from updateserver.configuration.io import files
from updateserver.configuration.io.files import ConfigurationBroken, ConfigurationFiles
from updateserver.findings.io.all import load

from .site import Site


def test_an_unchanged_configuration_is_the_same_object(site: Site):
    site.says("").aged()
    assert site.config is site.config


def test_a_changed_file_counts_at_once(site: Site):
    assert site.says('<status dir="one"/>').config.status.dir == "one"
    assert site.says('<status dir="two"/>').config.status.dir == "two"


def test_a_second_change_within_one_tick_counts(site: Site):
    site.says('<status dir="one"/>')
    stamp = site.own.stat().st_mtime_ns
    assert site.config.status.dir == "one"
    with site.own.open("r+") as file:  # same file, same length, same time
        file.write('<config><status dir="two"/>')
    os.utime(site.own, ns=(stamp, stamp))
    assert site.config.status.dir == "two"


def test_a_young_file_that_says_the_same_is_not_judged_again(site: Site):
    site.says("")
    assert site.config is site.config


def test_a_touched_file_that_says_the_same_is_not_judged_again(site: Site):
    before = site.says("").aged().config
    site.aged(site.own)
    assert site.config is before


def test_settled_files_are_not_read_again(site: Site, monkeypatch: pytest.MonkeyPatch):
    before = site.says("").aged().config

    def unread(_: Path) -> bytes:
        raise AssertionError

    monkeypatch.setattr(Path, "read_bytes", unread)
    assert site.config is before


def test_a_repaired_configuration_works_again(site: Site):
    site.holds(b"<")
    with pytest.raises(ConfigurationBroken):
        site.files.current()
    assert site.says('<status dir="status"/>').config.status.dir == "status"


def test_a_broken_configuration_stays_broken_until_it_changes(site: Site):
    site.says('<classes><class id="all"/></classes>').aged()
    for _ in range(2):
        with pytest.raises(ConfigurationBroken):
            site.files.current()


def test_a_development_file_is_used_in_place_of_the_other(site: Site):
    site.says('<status dir="status"/>')
    development = site.own.with_name("user-config-dvl.xml")
    development.write_text('<config><status dir="dvl" logkeep="x"/></config>')
    assert site.config.status.dir == "dvl"
    assert {finding.file for finding in load(site.root)[2]} == {"config/user-config-dvl.xml"}
    development.unlink()
    assert site.config.status.dir == "status"


def test_latin_1_is_read_as_declared(site: Site):
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><config><customcerts CAname="Prüfstelle"/></config>'
    assert site.holds(text.encode("latin-1")).config.customcerts.CAname == ("Prüfstelle",)


def test_a_byte_order_mark_does_no_harm(site: Site):
    assert site.holds('<config><customcerts CAname="ü"/></config>'.encode("utf-8-sig")).config.customcerts.CAname == (
        "ü",
    )


def test_comments_within_text_do_not_cut_it(site: Site):
    site.says("<nobootdev><model>ip<!-- not ip1 -->9</model></nobootdev>")
    assert site.config.nobootdev[-1] == "ip9"


def test_lines_are_those_of_the_attributes(site: Site):
    site.says('\n<times\n  check="true"\n  grace="soon"\n/>')
    assert [(f.file, f.line) for f in site.findings if f.element == "times/@grace"] == [("config/user-config.xml", 4)]


def test_missing_folders_are_made(site: Site):
    site.says(
        '<master cache="temp/master.xml"/><fwstorage url="firmware/{build}/"/><status dir="s"/><backup dir="b/b"/>'
        '<times dir="t"/><customcerts dir="c"/>'
    ).files.current()
    assert {path.name for path in site.root.iterdir() if path.is_dir()} == {
        "b", "c", "config", "firmware", "s", "t", "temp", "web",
    }  # fmt: skip


def test_firmware_elsewhere_leaves_the_usual_folder(site: Site):
    site.says('<fwstorage url="https://example.com/{build}/"/>').files.current()
    assert (site.root / "fw").is_dir()
    assert not (site.root / "https:").exists()


def test_a_folder_that_cannot_be_made_is_logged(site: Site, caplog: pytest.LogCaptureFixture):
    (site.root / "file").touch()
    assert site.says('<status dir="file/status"/>').config.status.dir == "file/status"
    assert "cannot make the folder file/status" in caplog.text


def test_the_check_makes_and_writes_nothing(site: Site):
    site.holds(b'<config debugmerge="true"><status dir="status"/></config>')
    before = sorted(site.root.rglob("*"))
    load(site.root)
    assert sorted(site.root.rglob("*")) == before


def test_merging_is_shown_on_request(site: Site):
    site.holds(b'<config debugmerge="true"><status dir="status"/></config>').files.current()
    debug = site.root / "debug"
    assert b'dir="status"' in (debug / "after.xml").read_bytes()
    assert b'dir="status"' not in (debug / "before.xml").read_bytes()


def test_what_is_shown_of_merging_is_written_only_if_it_differs(site: Site):
    site.holds(b'<config debugmerge="true"/>').files.current()
    after = site.root / "debug" / "after.xml"
    written = after.stat().st_ino
    ConfigurationFiles(site.root).current()
    assert after.stat().st_ino == written


def test_merging_that_cannot_be_shown_does_not_stop_anything(site: Site, caplog: pytest.LogCaptureFixture):
    (site.root / "debug").touch()
    assert site.holds(b'<config debugmerge="true"/>').config.debugmerge
    assert "debugmerge" in caplog.text


def test_threads_get_the_same_configuration_built_once(site: Site, monkeypatch: pytest.MonkeyPatch):
    site.says("").aged()
    built = []
    original = files.configure

    def counted(*trees: object) -> object:
        built.append(1)
        return original(*trees)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "configure", counted)
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(site.files.current())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(config) for config in got}) == 1
    assert len(built) == 1
