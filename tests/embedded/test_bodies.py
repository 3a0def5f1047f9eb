"""Request bodies: whole or not at all."""

import http.client
import socket
from pathlib import Path

import pytest

from tests.embedded.conftest import calls, connect, environ, exchange, get, read_all, status
from updateserver.web.embedded import EmbeddedServer

PUT = b"PUT /update/update.php?mode=backup HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


def test_chunked_body_arrives_whole_with_its_length(server: EmbeddedServer) -> None:
    told = environ(exchange(server, PUT + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"))
    assert (told["body"], told["CONTENT_LENGTH"]) == ("hello world", "11")
    assert "HTTP_TRANSFER_ENCODING" not in told


def test_body_of_known_length_arrives_whole(server: EmbeddedServer) -> None:
    told = environ(exchange(server, PUT + b"Content-Type: text/xml\r\nContent-Length: 3\r\n\r\nabc"))
    assert (told["body"], told["CONTENT_LENGTH"], told["CONTENT_TYPE"]) == ("abc", "3", "text/xml")


def test_compressed_body_is_left_as_it_is(server: EmbeddedServer) -> None:
    told = environ(exchange(server, PUT + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"))
    assert told["body"] == "abc"


def test_client_that_asks_first_is_told_to_continue(server: EmbeddedServer) -> None:
    with connect(server) as connection:
        connection.sendall(PUT + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert environ(read_all(connection))["body"] == "abc"


def test_longest_body_is_taken(server: EmbeddedServer) -> None:
    told = environ(exchange(server, PUT + b"Content-Length: 100000\r\n\r\n" + b"x" * 100_000))
    assert told["CONTENT_LENGTH"] == "100000"


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 100001\r\n\r\n" + b"x" * 100_001,
        b"Transfer-Encoding: chunked\r\n\r\n186A1\r\n" + b"x" * 100_001 + b"\r\n0\r\n\r\n",
    ],
    ids=["length", "chunked"],
)
def test_longer_body_is_refused(server: EmbeddedServer, root: Path, rest: bytes) -> None:
    assert status(exchange(server, PUT + rest)) == 413
    assert calls(root) == 0


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 10\r\n\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
    ids=["length", "between chunks", "in a chunk"],
)
@pytest.mark.parametrize("end", ["close", "half-close"])
def test_half_a_body_never_reaches_the_application(root: Path, caplog, rest: bytes, end: str) -> None:
    with EmbeddedServer(root) as server:
        with connect(server) as connection:
            connection.sendall(PUT + rest)
            if end == "half-close":
                connection.shutdown(socket.SHUT_WR)
                read_all(connection)
        assert status(get(server, "/update/update-migrate.php")) == 200
    assert calls(root) == 0
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    "rest",
    [
        b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"Content-Length: -1\r\n\r\n",
    ],
)
def test_ambiguous_framing_is_refused(server: EmbeddedServer, root: Path, rest: bytes) -> None:
    assert status(exchange(server, PUT + rest)) == 400
    assert calls(root) == 0


def test_slow_clients_keep_nobody_waiting(root: Path) -> None:
    with EmbeddedServer(root, threads=1) as server:
        slow = [connect(server) for _ in range(20)]
        for number, connection in enumerate(slow):
            connection.sendall((b"", b"G", b"GET /", PUT, PUT + b"Content-Length: 9\r\n\r\nx")[number % 5])
        assert status(get(server, "/update/update.php")) == 200
        for connection in slow:
            connection.close()


def test_body_that_trickles_in_is_given_up(server: EmbeddedServer, root: Path, monkeypatch) -> None:
    monkeypatch.setattr("updateserver.web.embedded.request_body.IDLE_TIMEOUT", 0.05)
    with connect(server) as connection:
        connection.sendall(PUT + b"Content-Length: 9\r\n\r\nx")
        assert status(connection.recv(65536)) == 408
    assert calls(root) == 0


def test_head_that_trickles_in_is_given_up(root: Path, monkeypatch) -> None:
    monkeypatch.setattr("updateserver.web.embedded.server.IDLE", 0.05)
    with EmbeddedServer(root) as server, connect(server) as connection:
        connection.sendall(b"GET /update/upd")
        assert read_all(connection) == b""
    assert calls(root) == 0


def test_connection_is_kept_for_the_next_request(server: EmbeddedServer) -> None:
    connection = http.client.HTTPConnection(*server.addresses[0])
    ports = set()
    for sent in (b"one", b"two", b"three"):
        connection.request("PUT", "/update/update.php", sent)
        answer = connection.getresponse()
        assert answer.status == 200
        assert sent in answer.read()
        ports.add(connection.sock.getsockname())
    connection.close()
    assert len(ports) == 1
