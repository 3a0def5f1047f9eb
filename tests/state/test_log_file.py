"""The log in a file: for web servers that drop what programs say."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.site import PROJECT, Site, cgi
from updateserver.base.io import log_file
from updateserver.base.io.log_file import LogFile


def record(text: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord("x", logging.WARNING, "", 0, text, values, None)


def test_a_plain_cgi_call_writes_to_it(site: Site) -> None:
    path = site.root / "server.log"
    cgi(site.root, "mode=nonsense", UPDATESERVER_LOG=str(path))
    assert "refused with 400" in path.read_text()
    assert path.stat().st_mode & 0o007 == 0


def a_missing_folder(path: Path) -> None:
    path.parent.rmdir()


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "elsewhere")


def a_full_disk(path: Path) -> None:
    path.symlink_to("/dev/full")


@pytest.mark.parametrize("spoil", [a_missing_folder, a_folder, a_pipe, a_link, a_full_disk])
def test_one_that_cannot_be_written_costs_no_call(site: Site, spoil: Callable[[Path], None]) -> None:
    path = site.root / "log" / "server.log"
    path.parent.mkdir()
    spoil(path)
    assert cgi(site.root, "mode=nonsense", UPDATESERVER_LOG=str(path)).status == 400
    assert not (site.root / "elsewhere").exists()


def test_all_processes_and_threads_write_whole_lines(tmp_path: Path) -> None:
    code = (
        "import logging, sys, pathlib; from updateserver.base.io.log_file import write_log;"
        "write_log(pathlib.Path(sys.argv[1]));"
        "[logging.warning('line %d %s end', number, 'x' * 3000) for number in range(50)]"
    )
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "lib")}
    command = [sys.executable, "-c", code, str(tmp_path / "log")]
    with ThreadPoolExecutor() as pool:
        list(
            pool.map(lambda _: subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=True), "1234")
        )
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == 200
    assert all("WARNING line" in line and line.endswith(" end") for line in lines)


def test_a_full_one_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "FULL", 10_000)
    handlers = [LogFile(tmp_path / "log") for _ in range(3)]
    for number in range(1000):
        handlers[number % 3].handle(record("number %d", number))
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["log", "log.1"]
    assert sum(file.stat().st_size for file in files) <= 2 * 11_000
    assert "number 999" in files[0].read_text()


def test_one_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    handler = LogFile(tmp_path / "log")
    handler.handle(record("before"))
    (tmp_path / "log").rename(tmp_path / "kept")
    handler.handle(record("after"))
    assert "after" in (tmp_path / "log").read_text()


def test_a_message_is_of_bounded_length(tmp_path: Path) -> None:
    LogFile(tmp_path / "log").handle(record("%s the end", "y" * 1_000_000))
    text = (tmp_path / "log").read_text()
    assert len(text) < 10_000
    assert text.endswith("the end\n")


def test_what_is_no_text_is_written_all_the_same(tmp_path: Path) -> None:
    LogFile(tmp_path / "log").handle(record("sn=%s", "\udcff"))
    assert "sn=\\udcff" in (tmp_path / "log").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes for others")
def test_roots_line_leaves_it_to_the_user_of_the_service(tmp_path: Path) -> None:
    os.chown(tmp_path, 33, 33)
    LogFile(tmp_path / "log").handle(record("by root"))
    assert (tmp_path / "log").stat().st_uid == 33
