"""Requests as devices and their proxies may frame them: chunked, with Expect, HEAD, HTTP/1.0 without a host."""

import socket

import pytest

from tests.servers.conftest import Served, installed
from tests.site import FOLDER, HWID, SN, poll
from updateserver.web.embedded import EmbeddedServer

CONFIGURATION = '<master info=""/><status dir="status"/><backup dir="backup"/>'
PUT = f"PUT {FOLDER}update.php?mode=backup&hwid={HWID}&sn={SN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
FRAMED = {
    "chunked": PUT + "Transfer-Encoding: chunked\r\n\r\n7\r\nconfig \r\n5\r\nwrite\r\n0\r\n\r\n",
    "expect": PUT + "Expect: 100-continue\r\nContent-Length: 12\r\n\r\nconfig write",
    "both": PUT + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\nc\r\nconfig write\r\n0\r\n\r\n",
    "head": f"HEAD {FOLDER}{poll()} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "1.0": f"GET {FOLDER}{poll()} HTTP/1.0\r\n\r\n",
}


def answered(port: int, sent: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as caller:
        caller.sendall(sent.encode())
        answer = b"".join(iter(lambda: caller.recv(65536), b""))
    return answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.parametrize("framed", FRAMED)
def test_web_servers_take_it(served: Served, framed: str) -> None:
    served.site.configure(CONFIGURATION)
    answer = answered(served.web.http, FRAMED[framed])
    assert answer.split()[1] == b"200"
    assert not (framed == "head" and answer.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("framed", FRAMED)
def test_embedded_server_takes_it(framed: str) -> None:
    with installed() as site, EmbeddedServer(site.root) as server:
        site.configure(CONFIGURATION)
        answer = answered(server.port, FRAMED[framed])
        assert answer.split()[1] == b"200"
        assert not (framed == "head" and answer.partition(b"\r\n\r\n")[2])


HOSTS = ("[fd00::1]:8080", "[fd00::1]", "u.example.com:81")


def url_in(port: int, sent: str) -> str:
    """Return the update URL that a first contact is given."""
    return answered(port, sent).partition(b"# new url=")[2].partition(b"?")[0].decode()


@pytest.mark.parametrize("host", HOSTS)
def test_a_device_keeps_the_host_that_it_called(served: Served, host: str) -> None:
    sent = f"GET {FOLDER}update.php HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    assert url_in(served.web.http, sent) == f"http://{host}{FOLDER}update.php"


def test_a_device_that_names_no_host_gets_one(served: Served) -> None:
    found = url_in(served.web.http, f"GET {FOLDER}update.php HTTP/1.0\r\n\r\n")
    host, colon, port = found.removeprefix("http://").removesuffix(f"{FOLDER}update.php").rpartition(":")
    assert host
    assert (colon, port) == (":", str(served.web.http))


@pytest.mark.parametrize("host", [*HOSTS, ""])
def test_the_embedded_server_tells_the_host_as_well(host: str) -> None:
    with installed() as site, EmbeddedServer(site.root) as server:
        head = f"HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" if host else "HTTP/1.0\r\n\r\n"
        own = f"127.0.0.1:{server.port}"
        found = url_in(server.port, f"GET {FOLDER}update.php {head}")
        assert found == f"http://{host or own}{FOLDER}update.php"
