"""One caller cannot keep the embedded server from others: slow uploads, silent connections, garbage.

Limits are scaled down; `bench/slow_clients.py` is the full size. Attackers call from 127.0.0.1, devices from 127.0.0.2.
"""

import contextlib
import http.client
import logging
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.site import FOLDER, HWID, PROJECT, SN, Site, answer_to, poll, site
from updateserver.web.embedded import EmbeddedServer
from updateserver.web.embedded.request_log import RateLimited

__all__ = ["site"]

BACKUP = f"update.php?mode=backup&hwid={HWID}&sn={SN}"
CONFIGURATION = '<master info=""/><status dir="status"/><backup dir="backup" maxsize="300000"/>'
ATTACKER, DEVICE, OTHER = "127.0.0.1", "127.0.0.2", "127.0.0.3"


@pytest.fixture(autouse=True)
def configured(site: Site) -> None:
    site.configure(CONFIGURATION)


@pytest.fixture
def callers() -> Iterator[contextlib.ExitStack]:
    """Keeps connections open until the end."""
    with contextlib.ExitStack() as stack:
        yield stack


def connected(server: EmbeddedServer, callers: contextlib.ExitStack, source: str = ATTACKER) -> socket.socket:
    caller = socket.create_connection(("127.0.0.1", server.port), source_address=(source, 0), timeout=60)
    return callers.enter_context(caller)


def head(target: str, *lines: str, method: str = "PUT") -> bytes:
    return "\r\n".join([f"{method} {FOLDER}{target} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def asked(port: int, target: str, source: str, method: str = "GET", body: bytes | None = None) -> int:
    """Call as a device does; return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, source_address=(source, 0), timeout=60)
    with contextlib.closing(connection):
        connection.request(method, FOLDER + target, body)
        return connection.getresponse().status


REFUSED = {
    "unknown mode": ("update.php?mode=nonsense", 400, "PUT"),
    "wrong method": (BACKUP, 405, "GET"),
    "a poll": (poll(), 200, "PUT"),
    "too long": (BACKUP, 413, "PUT"),
    "an answer too long": (answer_to("admin"), 413, "PUT"),
    "an answer to no query": (answer_to("nothing"), 400, "PUT"),
    "no script for uploads": ("update-migrate.php", 302, "PUT"),
    "no such script": ("nothing.php", 404, "PUT"),
}


@pytest.mark.parametrize("framing", ["Content-Length: 9000000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_refusal_waits_for_no_body(
    site: Site, callers: contextlib.ExitStack, refused: tuple[str, int, str], framing: str
) -> None:
    target, status, method = refused
    if framing.startswith("Transfer") and status == 413:
        pytest.skip("how long it is shows only as it arrives")
    with EmbeddedServer(site.root) as server:
        caller = connected(server, callers)
        caller.sendall(head(target, framing, "Expect: 100-continue", method=method))
        assert caller.recv(65536).startswith(f"HTTP/1.1 {status} ".encode())
        callers.close()


def test_who_must_prove_itself_is_refused_before_it_uploads(site: Site, callers: contextlib.ExitStack) -> None:
    site.configure(f'{CONFIGURATION}<customcerts CAname="My CA"/><times forcehttps="true" forcetrust="true"/>')
    with EmbeddedServer(site.root) as server:
        caller = connected(server, callers)
        caller.sendall(head(BACKUP, "Content-Length: 1000"))
        assert caller.recv(65536).startswith(b"HTTP/1.1 403 ")
        callers.close()


def stalled(server: EmbeddedServer, callers: contextlib.ExitStack, size: int) -> socket.socket:
    """Begin an upload that goes on for ever."""
    caller = connected(server, callers)
    caller.sendall(head(BACKUP, "Expect: 100-continue", f"Content-Length: {size + 1}"))
    assert b" 100 " in caller.recv(65536)
    caller.sendall(b"x" * size)
    return caller


def test_slow_uploads_of_one_leave_room_for_others(site: Site, callers: contextlib.ExitStack) -> None:
    site.snippet()
    with EmbeddedServer(site.root, spool=400_000) as server:
        stalled(server, callers, 150_000)
        assert stalled(server, callers, 150_000).recv(65536).startswith(b"HTTP/1.1 503 ")
        assert asked(server.port, BACKUP, DEVICE, "PUT", b"x" * 100_000) == 200
        assert asked(server.port, poll(), DEVICE) == 200
        callers.close()


def test_finished_uploads_give_their_room_back(site: Site) -> None:
    with EmbeddedServer(site.root, spool=400_000) as server:
        for number in range(5):
            assert asked(server.port, BACKUP, DEVICE, "PUT", b"%d" % number * 150_000) == 200


def test_slow_uploads_do_not_hold_up_the_others_of_their_address(site: Site, callers: contextlib.ExitStack) -> None:
    with EmbeddedServer(site.root) as server:
        for _ in range(100):
            stalled(server, callers, 100)
        assert asked(server.port, BACKUP, ATTACKER, "PUT", b"an honest one") == 200
        callers.close()


@pytest.mark.parametrize("sent", [b"", b"GET /mtls/upd", head(poll(), method="GET")[:-2]], ids=["none", "line", "head"])
def test_half_open_connections_give_way(site: Site, callers: contextlib.ExitStack, sent: bytes) -> None:
    with EmbeddedServer(site.root, connections=20) as server:
        for source in [ATTACKER] * 50 + [OTHER] * 50:
            with contextlib.suppress(ConnectionError):
                connected(server, callers, source).sendall(sent)
        for source in (DEVICE, ATTACKER, OTHER):  # honest ones may sit behind the same address
            assert asked(server.port, poll(), source) == 200


def test_running_requests_are_not_cut_off(site: Site, callers: contextlib.ExitStack) -> None:
    with EmbeddedServer(site.root, connections=20) as server:
        upload = stalled(server, callers, 100)
        for _ in range(50):
            connected(server, callers)
        assert asked(server.port, poll(), ATTACKER) == 200
        upload.sendall(b"x")
        assert upload.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_garbage_does_not_fill_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with EmbeddedServer(site.root) as server:
        for _ in range(RateLimited.OFTEN * 3):
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as caller:
                caller.sendall(b"\x16\x03" + b"y" * 9000 + b"\r\n\r\n")
                while caller.recv(65536):
                    pass
    told = [record.getMessage() for record in caplog.records if record.name == "updateserver.http"]
    assert 0 < len(told) <= RateLimited.OFTEN
    assert max(map(len, told)) < 1000


def test_what_was_left_out_of_the_log_is_counted() -> None:
    seldom = RateLimited()

    def told(text: str) -> str | None:
        record = logging.LogRecord("x", logging.INFO, "", 0, "%s failed", (text,), None)
        return record.getMessage() if seldom.filter(record) else None

    assert [told(str(number)) for number in range(RateLimited.OFTEN + 5)][-6:] == [
        f"{RateLimited.OFTEN - 1} failed",
        *[None] * 5,
    ]
    seldom.MINUTE = 0.0
    assert told("b") == "b failed (and 5 more like it in the last 0 s)"


FEW_FILES = """
import sys
from pathlib import Path
from updateserver.web.embedded import Listener, ServerSettings, serve
serve(ServerSettings(Path(sys.argv[1])), [Listener("127.0.0.1", 0)], lambda found: print(found[0][1], flush=True))
"""


def test_too_few_open_files_stop_nobody(site: Site, callers: contextlib.ExitStack) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", FEW_FILES, str(site.root)],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "lib")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 80)),  # noqa: PLW1509
    )
    with process:
        assert process.stdout
        assert process.stderr
        port = int(process.stdout.readline())
        for _ in range(200):
            callers.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
        assert asked(port, poll(), DEVICE) == 200
        assert asked(port, poll(), ATTACKER) == 200
        process.terminate()
        assert len(process.stderr.read()) < 10_000
