"""What tests stand on: an installation of their own in a temporary folder, and the ways to call it.

`Site` makes the folder; `served` runs the embedded server on it, with real sockets; `cgi` starts update.py as a web
server would. Nothing here knows what the right answer is.
"""

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lxml import etree

from updateserver.web.embedded import EmbeddedServer

PROJECT = Path(__file__).resolve().parents[1]
FOLDER = "/mtls/update/"
SN, HWID = "00-90-33-30-00-af", "IP232-30-00-af"
DEVICE = {"type": "IP232", "sn": SN, "hwid": HWID, "ip": "172.16.0.20"}
REMEMBERING = '<master info=""/><status dir="status"/>'


def poll(**arguments: str) -> str:
    """Return the URL of a poll of the usual device, with other or further arguments."""
    return f"update.php?{urlencode(DEVICE | arguments)}"


def answer_to(query: str, sn: str = SN) -> str:
    """Return the URL that the usual device sends a query's answer to."""
    return f"update.php?mode=query&sn={sn}&id={query}"


def effective(text: str) -> list[str]:
    """Return the lines that a device acts on."""
    return [line for line in text.replace("\r\n", "\n").split("\n") if line.strip() and not line.startswith("#")]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "surrogateescape")

    @property
    def lines(self) -> list[str]:
        return effective(self.text)


class Site:
    """An installation in `root`, which remembers devices unless `configure` says otherwise."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.server: EmbeddedServer | None = None
        root.mkdir()
        for name in ("update.py", "update-migrate.py", "redirect.py", "config.xml"):
            shutil.copy(PROJECT / name, root)
        (root / "lib").symlink_to(PROJECT / "lib")
        self.configure(REMEMBERING)

    def configure(self, content: str) -> None:
        """Have these tags as the site's own configuration."""
        self.put("config/user-config.xml", f"<config>{content}</config>")

    def put(self, name: str, content: str | bytes, *, age: float = 3600) -> Path:
        """Write a file that was changed `age` seconds ago."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.age(name, age)
        return path

    def age(self, name: str, seconds: float) -> None:
        """Have a file look as if it was changed so long ago."""
        then = time.time() - seconds
        os.utime(self.root / name, (then, then))

    def snippet(self, command: str = "config add CMD0 /name Lobby", *, age: float = 3600) -> str:
        """Write a snippet that each device gets in the default phases, environments and classes; return its command."""
        self.put("scripts/update-all-default.txt", f"{command}\r\n", age=age)
        return command

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def names(self, folder: str) -> list[str]:
        """Return what lies in a folder; nothing, where there is no such folder."""
        path = self.root / folder
        return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []

    def state(self, sn: str = SN) -> etree._Element:
        return etree.fromstring(self.read(f"status/{sn}.xml"), etree.XMLParser(collect_ids=False))

    def log(self, sn: str = SN) -> list[str]:
        """Return the messages in a device's log."""
        return [message.get("msg", "") for message in self.state(sn).iterfind("msgs")]

    def snapshot(self) -> dict[str, object]:
        """Return what lies in the installation and beside it, and when it was written, but for locks and counts."""
        found: dict[str, object] = {}
        for folder, folders, files in os.walk(self.root.parent):
            folders[:] = [name for name in folders if name != "locks"]
            for name in folders:
                found[os.path.relpath(f"{folder}/{name}", self.root)] = "a folder"
            for name in files:
                if name.startswith("counts-") or name in ("room.json", "refusals.json"):
                    continue
                path = Path(folder, name)
                found[os.path.relpath(path, self.root)] = path.stat().st_mtime_ns, path.read_bytes()
        return found

    @contextlib.contextmanager
    def untouched(self) -> Iterator[None]:
        """Insist that nothing is written, made or removed meanwhile."""
        self.get("update.php")  # a first contact has the data folders made, and records nothing
        before = self.snapshot()
        yield
        assert self.snapshot() == before

    def get(self, target: str, **headers: str) -> Answer:
        return self.ask("GET", target, headers=headers)

    def put_upload(self, target: str, body: bytes | str, *, chunked: bool = False, **headers: str) -> Answer:
        """Upload as a device does; in chunks, the server is not told the length."""
        content = body.encode() if isinstance(body, str) else body
        return self.ask("PUT", target, content, chunked=chunked, headers=headers)

    def ask(
        self, method: str, target: str, body: bytes | None = None, *, chunked: bool = False, headers: Mapping[str, str]
    ) -> Answer:
        """Call the served installation; in names of headers, `_` stands for `-`."""
        assert self.server, "only the fixture `served` listens"
        connection = http.client.HTTPConnection(*self.server.addresses[0])
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        pieces = iter([body[:7], body[7:]]) if chunked and body is not None else body
        try:
            connection.request(method, FOLDER + target, pieces, sent, encode_chunked=chunked)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def exchange(self, sent: bytes) -> Answer:
        """Send bytes as they are, such as no library would."""
        assert self.server, "only the fixture `served` listens"
        with socket.create_connection(self.server.addresses[0]) as connection:
            connection.sendall(sent)
            return _parsed(b"".join(iter(lambda: connection.recv(65536), b"")))

    def send_and_hang_up(self, sent: bytes) -> None:
        """Send bytes as they are, and nothing more will come."""
        assert self.server, "only the fixture `served` listens"
        with socket.create_connection(self.server.addresses[0]) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An installation that is not served: for `cgi`."""
    return Site(tmp_path / "installation")


@pytest.fixture
def served(site: Site) -> Iterator[Site]:
    """An installation behind the embedded server."""
    with EmbeddedServer(site.root) as server:
        site.server = server
        yield site


def cgi(
    root: Path, query: str, method: str = "GET", body: bytes = b"", script: str = "update.py", **variables: str
) -> Answer:
    """Run an entry script as a web server does for one call; variables set to "" are left out."""
    return _finished(start_cgi(root, query, method, body, script, **variables), body)


def start_cgi(
    root: Path, query: str, method: str = "GET", body: bytes = b"", script: str = "update.py", **variables: str
) -> "subprocess.Popen[bytes]":
    environment = {
        "PATH": os.environ["PATH"],
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_SOFTWARE": "Apache/2.4.62",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "update.example.com",
        "SERVER_PORT": "80",
        "HTTP_HOST": "update.example.com",
        "REMOTE_ADDR": "192.0.2.7",
        "SCRIPT_NAME": f"{FOLDER}{script.removesuffix('.py')}.php",
        "REQUEST_METHOD": method,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)) if body else "",
    } | variables
    return subprocess.Popen(
        [sys.executable, str(root / script)],
        env={name: value for name, value in environment.items() if value},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _finished(process: "subprocess.Popen[bytes]", body: bytes = b"") -> Answer:
    answer, complaint = process.communicate(body)
    assert process.returncode == 0, complaint.decode()
    return _parsed(answer.replace(b"Status:", b"HTTP/1.1", 1))


def _parsed(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest)
    return Answer(int(first.split()[1]), {name.lower(): value for name, value in headers.items()}, body)


@dataclass
class Together:
    """Calls that all begin at the same moment; the first error of any is raised at the end."""

    threads: list[threading.Thread] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)

    def add(self, call: Callable[[], object]) -> None:
        def run() -> None:
            self.go.wait()
            try:
                call()
            except BaseException as error:  # noqa: BLE001 -- raised again in the test's own thread
                self.errors.append(error)

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def run(self) -> None:
        self.go.set()
        for thread in self.threads:
            thread.join()
        for error in self.errors:
            raise error
