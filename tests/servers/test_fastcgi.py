"""The FastCGI program itself: where it listens, how it starts, stops, and bears faults."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.servers.calls import call
from tests.servers.program import PROJECT, children
from tests.site import Site
from tests.waiting import wait_until

ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "/mtls/update/update.php",
    "SERVER_NAME": "update.example.com",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "update.example.com",
    "REMOTE_ADDR": "192.0.2.7",
}

# An entry script that answers when it is told to.
WAITING = """
import time
from pathlib import Path

HERE = Path(__file__)


def application(environ, start_response):
    if environ["QUERY_STRING"] == "fail":
        raise RuntimeError("a fault in the script")
    if environ["QUERY_STRING"] == "wait":
        HERE.with_suffix(".waits").touch()
        while not HERE.with_suffix(".go").exists():
            time.sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"answered"]
"""


@contextlib.contextmanager
def started(*arguments: object, **options: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "updateserver", "fastcgi", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "lib")}
    environment.pop("LISTEN_FDS", None)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, **options) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.terminate()


def is_served(address: str | tuple[str, int]) -> bool:
    try:
        return call(address, ENVIRON).status == 200
    except OSError:
        return False


def test_it_listens_on_a_unix_socket(site: Site) -> None:
    path = site.root / "run" / "own.socket"
    with started("--root", site.root, "--socket", path):
        wait_until(lambda: is_served(str(path)), "it serves")
        assert path.stat().st_mode & 0o777 == 0o660


def test_it_replaces_a_socket_on_which_nobody_listens(site: Site) -> None:
    path = site.root / "run" / "own.socket"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    with started("--root", site.root, "--socket", path):
        wait_until(lambda: is_served(str(path)), "it serves")


def test_it_leaves_a_socket_alone_on_which_another_program_listens(site: Site) -> None:
    path = site.root / "run" / "own.socket"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with started("--root", site.root, "--socket", path) as process:
            assert process.wait() == 1
            assert process.stderr
            assert "another program listens there" in process.stderr.read()


def test_it_listens_on_a_port(site: Site) -> None:
    address = ("127.0.0.1", free_port())
    with started("--root", site.root, "--socket", f"{address[0]}:{address[1]}"):
        wait_until(lambda: is_served(address), "it serves")


def test_without_a_socket_it_says_what_is_missing(site: Site) -> None:
    with started("--root", site.root, stdin=subprocess.DEVNULL) as process:
        assert process.wait() == 1
        assert process.stderr
        assert "say --socket" in process.stderr.read()


def test_all_scripts_are_one_program(site: Site) -> None:
    with as_lighttpd_starts_it(site, "-m", "updateserver", "fastcgi", "--root", site.root) as address:
        moved = call(address, ENVIRON | {"SCRIPT_NAME": "/update-migrate.php", "QUERY_STRING": "a=b"})
        assert (moved.status, moved.headers["location"]) == (302, "/update.php?a=b")
        assert call(address, ENVIRON | {"SCRIPT_NAME": "/update/other.php"}).status == 404


@contextlib.contextmanager
def as_lighttpd_starts_it(site: Site, *command: object) -> Iterator[tuple[str, int]]:
    """Run a command with a listening socket as its input, as lighttpd does."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        (site.root / "run" / "stderr.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, *map(str, command)],
            stdin=listener,
            stderr=log,
            env=os.environ | {"PYTHONPATH": str(PROJECT / "lib")},
        ) as process,
    ):
        try:
            yield listener.getsockname()
        finally:
            process.terminate()
        assert process.wait() == 0


def test_entry_script_serves_by_itself(site: Site) -> None:
    with as_lighttpd_starts_it(site, site.root / "update.py") as address:
        assert call(address, ENVIRON).status == 200
    assert (site.root / "run" / "stderr.log").read_text() == ""


def test_fault_is_told_to_the_log_only(site: Site) -> None:
    site.put("update.py", WAITING)
    with as_lighttpd_starts_it(site, "-m", "updateserver", "fastcgi", "--root", site.root) as address:
        answer = call(address, ENVIRON | {"QUERY_STRING": "fail"})
        assert (answer.status, answer.text) == (500, "# internal error, see the server's log\r\n")
        assert call(address, ENVIRON).status == 200


def test_running_call_is_finished_before_it_stops(site: Site) -> None:
    site.put("update.py", WAITING)
    path = site.root / "run" / "own.socket"
    with started("--root", site.root, "--socket", path, "--processes", 2) as process:
        wait_until(lambda: is_served(str(path)), "it serves")
        with call_in_background(path, site) as answer:
            process.terminate()
            wait_until(lambda: len(children(process.pid)) == 1, "the idle process ends")
            (site.root / "update.go").touch()
            assert answer() == (200, "answered")
        assert process.wait() == 0
        assert process.stderr
        assert process.stderr.read() == ""


@contextlib.contextmanager
def call_in_background(path: Path, site: Site) -> Iterator[Callable[[], tuple[int, str]]]:
    """Begin a call that waits; the block gets a function that waits for its answer."""
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(call, str(path), ENVIRON | {"QUERY_STRING": "wait"})
        wait_until((site.root / "update.waits").exists, "the call has begun")
        yield lambda: (future.result().status, future.result().text)


def test_broken_program_serves_again_once_it_is_repaired(site: Site) -> None:
    works = site.read("update.py")
    site.put("update.py", "raise SystemExit('half of an update')")
    path = site.root / "run" / "own.socket"
    with started("--root", site.root, "--socket", path, "--processes", 2) as process:
        assert process.stderr
        wait_until(lambda: "exit code 1" in process.stderr.readline(), "it fails")
        site.put("update.py", works)
        wait_until(lambda: is_served(str(path)), "it serves")
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait() == 0


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x01\x01\x00\x01\x00\x08\x00\x00", b""])
def test_garbage_on_the_socket_does_no_harm(site: Site, garbage: bytes) -> None:
    with as_lighttpd_starts_it(site, site.root / "update.py") as address:
        with socket.create_connection(address) as connection:
            connection.sendall(garbage)
        assert call(address, ENVIRON).status == 200
