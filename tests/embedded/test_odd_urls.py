"""URLs as devices and proxies may write them: repeated slashes, dot segments, blanks, bytes that are not ASCII."""

import json

import pytest

from tests.embedded.conftest import connect, exchange
from updateserver.web.embedded import EmbeddedServer

END = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "path",
    [
        b"//mtls/update/update.php",
        b"/mtls//update//update.php",
        b"/mtls/update/./update.php",
        b"///mtls/./update/.//update.php",
        b"/.//mtls/update/update.php",
        b"http://x/mtls/update/update.php",
        b"HTTPS://other.example.com:8080//mtls/update/./update.php",
    ],
)
def test_slashes_and_dots_between_names_do_not_matter(server: EmbeddedServer, path: bytes) -> None:
    answer = exchange(server, b"GET " + path + b"?a=b" + END)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"SCRIPT_NAME": "/mtls/update/update.php"' in answer
    assert exchange(server, b"GET /mtls/update//fw/.//ip232.bin" + END).endswith(b"0123456789")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (b"env=home office", "env=home%20office"),
        (b"ver=13r1 IP232[13.5278], Bootcode[135278] ", "ver=13r1%20IP232[13.5278],%20Bootcode[135278]%20"),
        (b"x=\xc3\xbc&y=\xfc", "x=\xc3\xbc&y=\xfc"),
        (b"x=a HTTP/1.1", "x=a%20HTTP/1.1"),
        (b"url=http://y/z?a", "url=http://y/z?a"),
    ],
)
def test_blanks_and_other_bytes_in_a_query_are_taken(server: EmbeddedServer, query: bytes, told: str) -> None:
    sent = b"GET /mtls/update/update.php?" + query + END
    answer = exchange(server, sent)
    assert answer.startswith(b"HTTP/1.1 200")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["QUERY_STRING"] == told


def test_they_are_taken_behind_the_name_of_a_host(server: EmbeddedServer) -> None:
    answer = exchange(server, b"GET http://x/mtls/update/update.php?env=home office" + END)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["QUERY_STRING"] == "env=home%20office"


@pytest.mark.parametrize(
    "target", [b"http://x", b"http:///../config.xml", b"ftp://x/mtls/update/update.php", b"http:/x"]
)
def test_what_names_nothing_here_is_not_found(server: EmbeddedServer, target: bytes) -> None:
    assert exchange(server, b"GET " + target + END).split()[1] in (b"404", b"400")


def test_they_are_taken_in_pieces_and_again_on_the_same_connection(server: EmbeddedServer) -> None:
    body = b"GET /a b HTTP/1.1\r\n\r"
    head = b"PUT /mtls/update/update.php?a=b c HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    first = head + body
    with connect(server) as connection:
        for place in range(0, len(first), 11):
            connection.sendall(first[place : place + 11])
        answer = b""
        while b'"body"' not in answer:
            answer += connection.recv(65536)
        assert body[:17] in answer
        connection.sendall(b"GET /mtls/update/update.php?d=e f" + END)
        rest = b""
        while piece := connection.recv(65536):
            rest += piece
    assert b"d=e%20f" in rest


@pytest.mark.parametrize(
    "line", [b"GET /mtls/update/update.php?a=\x01", b"GET /mtls/update/update.php?a=\tb", b"GET  "]
)
def test_control_characters_are_not(server: EmbeddedServer, line: bytes) -> None:
    assert exchange(server, line + END).split()[1] == b"400"
