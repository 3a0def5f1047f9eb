"""A snippet that is there but cannot be read, or is perhaps only just being written, leaves no script without it."""

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.site import Site, poll
from updateserver.poll.io import snippet_folder
from updateserver.poll.io.snippet_folder import SnippetFolders

NOBODY = 65534


@pytest.mark.parametrize("arguments", [{}, {"phase": "update"}, {"CHECK": "0"}], ids=str)
def test_the_device_tries_again(served: Site, caplog: pytest.LogCaptureFixture, arguments: dict[str, str]) -> None:
    served.snippet()
    broken = served.root / "scripts" / "update-ip232-default.txt"
    served.configure(
        '<master info=""/><status dir="status"/><times dir="scripts"/><classes><class id="other"/></classes>'
    )
    broken.symlink_to("/proc/self/mem")  # root may read anything but that
    answer = served.get(poll(**arguments))
    assert (answer.status, answer.lines) == (500, [])
    assert broken.name in caplog.text
    broken.unlink()
    assert served.get(poll(**arguments)).status == 200


@pytest.mark.parametrize("kind", [os.mkfifo, lambda path: path.symlink_to("/dev/null")], ids=["pipe", "device"])
def test_what_is_no_file_stops_the_script(served: Site, kind: Callable[[Path], None]) -> None:
    served.snippet()
    odd = served.root / "scripts" / "update-ip232-default.txt"
    kind(odd)
    answer = served.get(poll())
    assert (answer.status, answer.lines) == (500, [])
    odd.unlink()
    assert served.get(poll()).status == 200


def test_a_folder_and_a_link_that_leads_nowhere_are_no_snippets(served: Site) -> None:
    command = served.snippet()
    (served.root / "scripts" / "update-ip232-default.txt").symlink_to("nothing")
    (served.root / "scripts" / "update-all-all.txt").mkdir()
    assert command in served.get(poll()).lines


def test_an_empty_snippet_counts_only_if_it_stays_empty(served: Site) -> None:
    snippet = served.put("scripts/update-all-default.txt", "")

    def write() -> None:
        time.sleep(0.3)
        served.snippet("config add CMD0 /name Written")

    writing = threading.Thread(target=write)
    writing.start()
    answer = served.get(poll())
    writing.join()
    assert "config add CMD0 /name Written" in answer.lines
    snippet.write_bytes(b"")
    served.age("scripts/update-all-default.txt", 3600)
    assert served.get(poll()).status == 200


def looks(root: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how often a process that knows nothing yet waits for the file to stay empty."""
    waited: list[float] = []
    monkeypatch.setattr(snippet_folder.time, "sleep", waited.append)
    SnippetFolders(str(root)).read(["scripts/update-all-default.txt"])
    return len(waited)


def test_only_the_first_process_waits_for_an_empty_snippet(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    snippet = site.put("scripts/update-all-default.txt", "")
    assert [looks(site.root, monkeypatch) for _ in range(3)] == [1, 0, 0]
    snippet.write_text("config add CMD0 /name Lobby")
    snippet.write_bytes(b"")  # a moment later it may have its content again
    site.age("scripts/update-all-default.txt", 3600)
    assert [looks(site.root, monkeypatch) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("kept", ["", "[]", "{", '{"x": 1}'])
def test_what_is_kept_of_empty_snippets_may_be_damaged(site: Site, monkeypatch: pytest.MonkeyPatch, kept: str) -> None:
    site.put("scripts/update-all-default.txt", "")
    site.put("cache/empty-snippets", kept)
    assert [looks(site.root, monkeypatch) for _ in range(2)] == [1, 0]


def test_a_snippet_that_the_server_may_not_read_is_no_missing_one() -> None:
    with tempfile.TemporaryDirectory() as folder:  # another user must be able to enter it
        Path(folder).chmod(0o755)
        snippet = Path(folder, "scripts", "update-all-default.txt")
        snippet.parent.mkdir()
        snippet.write_text("config add CMD0 /name Lobby")
        snippet.chmod(0)
        was_root = os.geteuid() == 0
        if was_root:
            os.seteuid(NOBODY)
        try:
            with pytest.raises(PermissionError):
                SnippetFolders(folder).read(["scripts/update-all-default.txt"])
        finally:
            if was_root:
                os.seteuid(0)
