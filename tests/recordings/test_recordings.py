"""What the program answers and leaves on disk is what the PHP server did, but for what differs on purpose."""

import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.recordings.case import CASES, Answer, Case
from tests.servers.calls import call
from updateserver.web.update import UpdateApplication


class _Pages(ThreadingHTTPServer):
    """The small HTTP server that stands for a reference device."""

    pages: dict[str, str]


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Pages)
        page = self.server.pages.get(self.path)
        self.send_response(404 if page is None else 200)
        self.end_headers()
        self.wfile.write((page or "").encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def pages() -> Iterator[_Pages]:
    with _Pages(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def by_wsgi(case: Case) -> list[Answer]:
    application = UpdateApplication(case.root)
    answers = []
    for step in case.told["steps"]:
        environ, body = case.environ(step)
        statuses: list[str] = []
        parts = application(
            environ | {"wsgi.input": io.BytesIO(body)}, lambda status, _, said=statuses: said.append(status)
        )
        answers.append(Answer(int(statuses[0].split()[0]), b"".join(parts)))
    return answers


def by_cgi(case: Case) -> list[Answer]:
    answers = []
    for step in case.told["steps"]:
        environ, body = case.environ(step)
        environ |= {"PATH": os.environ["PATH"]}
        done = subprocess.run(
            [sys.executable, case.root / "update.py"], input=body, env=environ, stdout=subprocess.PIPE, check=True
        )
        head, _, text = done.stdout.partition(b"\r\n\r\n")
        status = next(line for line in head.split(b"\r\n") if line.startswith(b"Status:"))
        answers.append(Answer(int(status.split()[1]), text))
    return answers


def by_fastcgi(case: Case) -> list[Answer]:
    command = [sys.executable, case.root / "update.py"]
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        subprocess.Popen(command, stdin=listener) as process,
    ):
        try:
            told = [call(listener.getsockname(), *case.environ(step)) for step in case.told["steps"]]
        finally:
            process.terminate()
    return [Answer(answer.status, answer.body) for answer in told]


# Others start a Python for a case or a call: they get some of them, which are of all kinds, since they stand by name.
WAYS = [(by_wsgi, CASES), (by_fastcgi, CASES[::2]), (by_cgi, CASES[1::4])]


@pytest.mark.parametrize(
    ("way", "path"),
    [pytest.param(way, path, id=f"{way.__name__}-{path.stem}") for way, paths in WAYS for path in paths],
)
def test_answers_and_files_are_as_recorded(
    way: Callable[[Case], list[Answer]], path: Path, tmp_path: Path, pages: _Pages
) -> None:
    case = Case(path, tmp_path, f"http://127.0.0.1:{pages.server_port}")
    pages.pages = case.told.get("http", {})
    assert case.differences(way(case)) == []


def test_a_difference_is_found(tmp_path: Path) -> None:
    case = Case(next(path for path in CASES if path.stem == "snippets-none"), tmp_path, "http://127.0.0.1")
    answers = by_wsgi(case)
    answers[0].body += b"reset\r\n"
    assert len(case.differences(answers)) == 1
