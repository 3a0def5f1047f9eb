"""A small installation of its own, whose entry scripts tell what they were given, and the embedded server for it."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from updateserver.web.embedded import EmbeddedServer

# Echoes the environ; writes down each call; the query says what else it is to do.
SCRIPT = """
import json
import time
from pathlib import Path

HERE = Path(__file__)


def application(environ, start_response):
    body = environ["wsgi.input"].read()
    with HERE.with_suffix(".calls").open("a") as calls:
        calls.write("call\\n")
    if environ["QUERY_STRING"] == "fail":
        raise RuntimeError("a fault in the script")
    if environ["QUERY_STRING"] == "exit":
        raise SystemExit(3)
    if environ["QUERY_STRING"] == "wait":
        HERE.with_suffix(".waits").touch()
        while not HERE.with_suffix(".go").exists():
            time.sleep(0.01)
    told = {name: value for name, value in environ.items() if isinstance(value, (str, bool))}
    told |= {"script": HERE.name, "body": body.decode("latin-1")}
    start_response("200 Fine", [("Content-Type", "application/json"), ("X-Twice", "1"), ("X-Twice", "2")])
    return [json.dumps(told).encode()]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An installation whose folder holds more than anybody may fetch."""
    root = tmp_path / "installation"
    files = {
        "update.py": SCRIPT,
        "update-migrate.py": SCRIPT,
        "admin/admin.py": SCRIPT,
        "admin/secret.txt": "secret",
        "config/user-config.xml": "secret",
        "status/00-90-33-00-00-01.xml": "secret",
        "lib/code.py": "secret",
        ".venv/pyvenv.cfg": "secret",
        "fw/ip232.bin": "0123456789",
        "fw/13r1/boot232.bin": "boot",
        "fw/.hidden": "secret",
        "fw/.folder/file": "secret",
        "web/style.css": "body {}",
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (tmp_path / "outside.txt").write_text("secret")
    return root


@pytest.fixture
def server(root: Path) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(root, max_body=100_000) as server:
        yield server


def connect(server: EmbeddedServer) -> socket.socket:
    return socket.create_connection(server.addresses[0], timeout=60)


def exchange(server: EmbeddedServer, sent: bytes) -> bytes:
    """Send bytes as they are and read until the server closes."""
    with connect(server) as connection:
        connection.sendall(sent)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def get(server: EmbeddedServer, target: str, *headers: str) -> bytes:
    """Fetch a target that no URL library would send unchanged."""
    lines = [f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]
    return exchange(server, "\r\n".join(lines).encode("latin-1"))


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def body(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def environ(answer: bytes) -> dict[str, Any]:
    """What a script said that it was given."""
    assert status(answer) == 200, answer
    told: dict[str, Any] = json.loads(body(answer))
    return told


def calls(root: Path, script: str = "update") -> int:
    """How often a script was run."""
    written = root / f"{script}.calls"
    return len(written.read_text().splitlines()) if written.exists() else 0
