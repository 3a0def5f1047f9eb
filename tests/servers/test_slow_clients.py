"""The web servers as the examples configure them go on serving while somebody else is slow."""

import contextlib
import http.client
import resource
import socket

import pytest

from tests.servers.conftest import Served
from tests.site import FOLDER, HWID, SN, poll

BACKUP = f"update.php?mode=backup&hwid={HWID}&sn={SN}"
MANY = {"lighttpd": 2100, "apache": 600}  # more than they served before such limits were raised
SENT = {
    "headers": f"GET {FOLDER}update.php HTTP/1.1\r\nHost: x\r\n",
    "uploads": f"PUT {FOLDER}{BACKUP} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx",
}


@pytest.fixture(autouse=True)
def enough_open_files() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < 8000:
        pytest.skip("too few open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_polls_from_elsewhere_are_served(fresh: Served, sent: str) -> None:
    with contextlib.ExitStack() as attackers:
        for _ in range(MANY[fresh.web.name]):
            attacker = socket.create_connection(("127.0.0.1", fresh.web.http), timeout=60)
            attackers.enter_context(attacker).sendall(sent.encode())
        for _ in range(3):
            assert asked(fresh, "GET", poll()) == 200


def asked(served: Served, method: str, target: str, body: bytes | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", served.web.http, timeout=15, source_address=("127.0.0.2", 0))
    with contextlib.closing(connection):
        connection.request(method, FOLDER + target, body)
        return connection.getresponse().status


def test_only_backups_may_be_large(served: Served) -> None:
    served.site.configure('<master info=""/><status dir="status"/><backup dir="backup"/>')
    large = b"config write\r\n" * 150_000
    assert asked(served, "PUT", BACKUP, large) == 200
    assert asked(served, "PUT", f"update.php?mode=query&sn={SN}&id=admin", large) == 413
