"""The records that the FastCGI program and a web server exchange, however they arrive."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from tests.servers.test_fastcgi import ENVIRON, as_lighttpd_starts_it, call
from tests.site import SN, Site, answer_to, cgi, poll

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, GET_VALUES, VALUES = 1, 2, 3, 4, 5, 6, 9, 10
UNKNOWN, UNKNOWN_TYPE = 99, 11
KEEP = 1

# An entry script that answers a megabyte without a look at what was sent to it.
LARGE = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"x" * 300_000 for _ in range(4)]
"""


def record(kind: int, content: bytes = b"", number: int = 1, padding: int = 0) -> bytes:
    return struct.pack("!BBHHBx", 1, kind, number, len(content), padding) + content + b"\0" * padding


def pairs(**values: str) -> bytes:
    return b"".join(
        struct.pack("!BI", len(name), len(value) | 0x8000_0000) + name.encode() + value.encode()
        for name, value in values.items()
    )


def request(query: str, keep: int = 0, padding: int = 0, **environ: str) -> bytes:
    """Return what a web server sends for a call without a body."""
    return (
        record(BEGIN, struct.pack("!HB5x", 1, keep))
        + record(PARAMS, pairs(**ENVIRON | environ), padding=padding)
        + record(PARAMS, pairs(QUERY_STRING=query), padding=padding)
        + record(PARAMS)
        + record(STDIN)
    )


QUERY = poll().partition("?")[2]


@contextlib.contextmanager
def connected(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def received(connection: socket.socket) -> bytes:
    """Return all that is sent until the connection ends."""
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def records(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    while data:
        _, kind, _, size, padding = struct.unpack("!BBHHBx", data[:8])
        found.append((kind, data[8 : 8 + size]))
        data = data[8 + size + padding :]
    return found


def body_of(data: bytes) -> bytes:
    """Return an answer's body; the answer must be whole."""
    found = records(data)
    assert found[-1][0] == END
    assert (STDOUT, b"") in found
    return b"".join(content for kind, content in found if kind == STDOUT).partition(b"\r\n\r\n")[2]


@pytest.fixture
def address(site: Site) -> Iterator[tuple[str, int]]:
    site.snippet()
    with as_lighttpd_starts_it(site, site.root / "update.py") as found:
        yield found


def test_an_answer_arrives_in_one_piece_and_the_connection_ends(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        connection.sendall(request(QUERY))
        first = connection.recv(1 << 20)
        assert body_of(first).startswith(b"# phase: update")
        assert connection.recv(1) == b""


@pytest.mark.parametrize("padding", [0, 5])
def test_records_may_arrive_byte_by_byte(address: tuple[str, int], padding: int) -> None:
    with connected(address) as connection:
        for byte in request(QUERY, padding=padding):
            connection.sendall(bytes([byte]))
        assert b"iresetn" in body_of(received(connection))


def test_a_connection_may_be_kept_for_the_next_call(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        connection.sendall(request(QUERY, KEEP))
        assert b"iresetn" in body_of(connection.recv(1 << 20))
        connection.sendall(request("", KEEP))
        assert b"missing query args" in body_of(connection.recv(1 << 20))


def test_the_end_of_the_input_may_come_after_the_answer(address: tuple[str, int]) -> None:
    whole, end = request(QUERY), record(STDIN)
    with connected(address) as connection:
        connection.sendall(whole.removesuffix(end))
        first = connection.recv(1 << 20)
        assert b"iresetn" in body_of(first)
        connection.sendall(end)
        connection.shutdown(socket.SHUT_WR)
        assert received(connection) == b""
    assert call(address, ENVIRON).status == 200


def test_a_refusal_reaches_who_is_still_sending(address: tuple[str, int]) -> None:
    """The body of an upload that nobody wants is not read; to close then must not throw away the answer."""
    with connected(address) as connection:
        connection.sendall(request("mode=nonsense", REQUEST_METHOD="POST").removesuffix(record(STDIN)))
        told: list[bytes] = []
        reader = threading.Thread(target=lambda: told.append(received(connection)))
        reader.start()
        for _ in range(100):
            connection.sendall(record(STDIN, b"x" * 60_000))
        connection.sendall(record(STDIN))
        connection.shutdown(socket.SHUT_WR)
        reader.join()
    assert body_of(told[0]) == b"# unknown cmd=nonsense - exit\r\n"


def test_an_upload_in_many_records_is_stored(site: Site) -> None:
    site.configure(
        '<master info=""/><status dir="status"/>'
        '<queries><query id="admin"><cmd>x</cmd><applies>*</applies></query></queries>'
    )
    with as_lighttpd_starts_it(site, site.root / "update.py") as address, connected(address) as connection:
        cgi(site.root, poll().partition("?")[2])  # without it, nobody asked
        query = answer_to("admin").partition("?")[2]
        begin = request(query, REQUEST_METHOD="PUT", CONTENT_LENGTH="200011").removesuffix(record(STDIN))
        answer = b"<info>" + b"x" * 199_998 + b"</info>"
        parts = [record(STDIN, answer[place : place + 777]) for place in range(0, len(answer), 777)]
        connection.sendall(begin + b"".join(parts) + record(STDIN))
        assert b"Status: 200" in received(connection)
    assert len(site.state().find("queries/admin/info").text) == 199_998


def test_a_large_answer_is_whole(site: Site) -> None:
    site.put("update.py", LARGE)
    with as_lighttpd_starts_it(site, "-m", "updateserver", "fastcgi", "--root", site.root) as address:
        with connected(address) as connection:
            connection.sendall(request(""))
            assert body_of(received(connection)) == b"x" * 1_200_000
        with connected(address) as connection:  # somebody who goes away in the middle
            connection.sendall(request(""))
            connection.recv(1000)
        assert call(address, ENVIRON).status == 200


def test_what_it_is_asked_about_itself_is_answered(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        connection.sendall(record(GET_VALUES, pairs(FCGI_MPXS_CONNS=""), number=0))
        ((kind, _),) = records(connection.recv(1 << 16))
        assert kind == VALUES
        connection.sendall(record(UNKNOWN, number=0))
        ((kind, content),) = records(connection.recv(1 << 16))
        assert (kind, content[0]) == (UNKNOWN_TYPE, UNKNOWN)
        connection.sendall(record(ABORT) + request(QUERY))
        assert b"iresetn" in body_of(received(connection))


def test_who_breaks_off_in_the_middle_of_a_record_is_forgotten(site: Site, address: tuple[str, int]) -> None:
    whole = request(QUERY)
    for length in range(1, len(whole) - 16, 7):
        with connected(address) as connection:
            connection.sendall(whole[:length])
    assert not (site.root / "status" / f"{SN}.xml").exists()
    assert call(address, ENVIRON).status == 200
