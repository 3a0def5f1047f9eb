"""Devices, or who says to be one, that do not behave: nobody else notices, and nothing of theirs is kept."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.failures.installation import TYPES, Installation, Served, has_everything
from updateserver.virtual.fleet import make_fleet, run_fleet

BACKUP = b"PUT /update/update.php?mode=backup&hwid=IP232-30-00-af&sn=00-90-33-30-00-af HTTP/1.1\r\nHost: x\r\n"
POLL = b"GET /update/update.php?type=IP232&sn=00-90-33-30-00-af&hwid=IP232-30-00-af&ip=1.2.3.4"


@pytest.fixture
def server(installation: Installation) -> Iterator[Served]:
    with Served(installation) as server:
        yield server


def connected(server: Served) -> socket.socket:
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname, parts.port or 0), timeout=60)


def answer(server: Served, sent: bytes) -> bytes:
    """Send bytes as they are, nothing after them, and read until the server closes."""
    with connected(server) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except ConnectionError:  # it had heard enough
            return b""


def nobody_else_notices(server: Served) -> None:
    devices = make_fleet(server.url, len(TYPES), TYPES)
    report = run_fleet(devices)
    assert not report.errors
    assert all(map(has_everything, devices))


@pytest.mark.parametrize(
    "body",
    [b"Content-Length: 100\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n64\r\nhalf", b"Content-Length: 9\r\n\r\n"],
    ids=["length", "chunked", "nothing"],
)
def test_half_a_backup_is_not_stored(server: Served, body: bytes) -> None:
    assert b" 200 " not in answer(server, BACKUP + body)[:20]
    assert server.installation.backups() == {}
    nobody_else_notices(server)


def test_uploads_of_a_byte_now_and_then_hold_nobody_up(server: Served) -> None:
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        while not stop.wait(0.05):
            try:
                connection.send(b"x")
            except OSError:
                return

    with ExitStack() as open_ones:
        slow = [open_ones.enter_context(connected(server)) for _ in range(100)]
        dripping = [threading.Thread(target=drip, args=(connection,)) for connection in slow]
        for connection, thread in zip(slow, dripping, strict=True):
            connection.sendall(BACKUP + b"Content-Length: 1000\r\n\r\n")
            thread.start()
        nobody_else_notices(server)
        stop.set()
        for thread in dripping:
            thread.join()
    assert "IP232-30-00-af" not in str(server.installation.backups().keys())


STRANGE = {
    "ten thousand headers": POLL + b" HTTP/1.1\r\nHost: x\r\n" + b"X-More: y\r\n" * 10_000 + b"\r\n",
    "a header of a megabyte": POLL + b" HTTP/1.1\r\nHost: x\r\nX-More: " + b"y" * 1_000_000 + b"\r\n\r\n",
    "a query string of a megabyte": POLL + b"&x=" + b"y" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a thousand arguments": POLL + b"&x=y" * 1000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "no HTTP": b"\x00\x01\x02" * 1000 + b"\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500,
}


def test_strange_requests_are_refused_or_served_and_a_line_of_the_log_each(server: Served) -> None:
    for name, sent in STRANGE.items():
        got = answer(server, sent)
        assert got == b"" or int(got.split()[1]) in {200, 400, 431}, name
    assert len(server.log.splitlines()) <= 2 * len(STRANGE)
    nobody_else_notices(server)


def test_more_connections_than_the_system_allows_make_room_for_devices(installation: Installation) -> None:
    with Served(installation, "--https", "0", within=("prlimit", "--nofile=200")) as server, ExitStack() as open_ones:
        for url in server.urls:
            parts = urlsplit(url)
            for _ in range(150):
                open_ones.enter_context(socket.create_connection((parts.hostname, parts.port or 0)))
        devices = make_fleet(server.url, len(TYPES), TYPES)
        assert not run_fleet(devices).restless  # a slow machine may close the connection of one of them: it calls again
        assert all(map(has_everything, devices))
        assert len(server.log.splitlines()) < 150


def test_files_that_run_short_while_devices_call_cost_no_device_its_snippets(installation: Installation) -> None:
    with Served(installation, within=("prlimit", "--nofile=48")) as server:
        devices = make_fleet(server.url, 30, TYPES)
        for device in devices:
            device.network.timeout = 1
        run_fleet(devices, at_once=30, max_polls=3)
        assert not run_fleet(devices, at_once=4).restless
        assert all(map(has_everything, devices))
