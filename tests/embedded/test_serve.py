"""The program itself: `python -m updateserver serve` from its first line to its end."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

LIB = Path(__file__).parents[2] / "lib"


def start(root: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "updateserver", "serve", "--root", root, "--host", "127.0.0.1", "--http", "0", *options],
        env={**os.environ, "PYTHONPATH": str(LIB)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def running(root: Path) -> Iterator[subprocess.Popen[str]]:
    with start(root) as process:
        yield process
        with suppress(ProcessLookupError):
            process.kill()


def announced_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    for line in process.stdout:
        if found := re.search(r"Command File URL.*(http://\S+)", line):
            return found[1]
    raise AssertionError(process.stderr.read() if process.stderr else "")


def still_accepts(url: str) -> bool:
    try:
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port)).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_after_the_request_in_flight(
    running: subprocess.Popen[str], root: Path, number: signal.Signals
) -> None:
    url = announced_url(running)
    answers = []

    def ask() -> None:
        with urlopen(f"{url}?wait") as answer:
            answers.append(answer.status)

    asking = threading.Thread(target=ask)
    asking.start()
    while not (root / "update.waits").exists():
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(number)
    while still_accepts(url):
        assert running.poll() is None
        time.sleep(0.01)
    (root / "update.go").touch()
    asking.join()
    assert answers == [200]
    assert running.wait() == 0


def test_each_request_is_one_line_of_the_log(running: subprocess.Popen[str]) -> None:
    url = announced_url(running)
    urlopen(f"{url}?sn=1").close()
    running.terminate()
    _, errors = running.communicate()
    assert re.search(r"INFO 127\.0\.0\.1 GET /mtls/update/update\.php\?sn=1 200 \d+ \d+ms\n", errors)
    assert "Traceback" not in errors


def test_quiet_writes_no_line_per_request(root: Path) -> None:
    with start(root, "--quiet") as process:
        urlopen(announced_url(process)).close()
        process.terminate()
        assert process.communicate()[1] == ""


def test_https_is_served_beside_http(root: Path) -> None:
    with start(root, "--https", "0") as process:
        url = announced_url(process)
        process.terminate()
        assert process.stdout
        rest = process.stdout.read()
    assert url.startswith("http://127.0.0.1:")
    assert re.search(r"https://127\.0\.0\.1:\d+/mtls/update/", rest)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - everywhere is the default of serve
def test_demo_lets_virtual_devices_poll_on_this_computer(root: Path, host: str) -> None:
    with start(root, "--host", host, "--demo", "3") as process:
        assert process.stderr
        polled: set[tuple[str, str]] = set()
        while len(polled) < 3:
            polled |= set(re.findall(r"(\S+) GET \S+update\.php\?(ver=\S+)", process.stderr.readline()))
        process.terminate()
        process.communicate()
    assert process.returncode == 0
    assert {address for address, _ in polled} == {"127.0.0.1"}


def test_folder_without_an_update_server_is_an_error(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        assert "no update.py" in process.communicate()[1]
    assert process.returncode == 1


def test_port_in_use_is_an_error(running: subprocess.Popen[str], root: Path) -> None:
    port = urlsplit(announced_url(running)).port
    with start(root, "--http", str(port)) as process:
        assert "in use" in process.communicate()[1]
    assert process.returncode == 1


def test_stopped_server_answers_nothing(running: subprocess.Popen[str]) -> None:
    url = announced_url(running)
    running.terminate()
    assert running.wait() == 0
    with pytest.raises(URLError):
        urlopen(url)
