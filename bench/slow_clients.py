"""Attack the web servers of the examples, and the embedded server, with slow clients, and poll meanwhile.

    .venv/bin/python -m bench.slow_clients [lighttpd] [apache] [embedded]

The attackers call from 127.0.0.1, and call again when they are thrown out; a device polls from 127.0.0.2 once a second.
Told are, for each attack, how many polls were served, how long the longest took, the memory of the web server and the
size of its logs. All is on this computer, and ends by itself.
"""

import argparse
import contextlib
import http.client
import os
import re
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from tests.servers.conftest import installed, serving
from tests.servers.program import children
from tests.site import poll
from updateserver.virtual.factory import DeviceAuthority

SECONDS = 35
MIB = 1 << 20
FOLDER = "/mtls/update/"
HEAD = b"PUT /mtls/update/update.php?mode=backup&hwid=IP232-00-00-%02x&sn=00-90-33-00-00-%02x HTTP/1.1\r\nHost: x\r\n"


@dataclass(frozen=True)
class Attack:
    """So many connections, what each sends at once, and what it sends every few seconds."""

    name: str
    count: int
    first: bytes
    then: bytes = b""


ATTACKS = (
    Attack("1,100 half-open", 1100, b""),
    Attack("2,100 slow headers", 2100, b"GET /mtls/update/update.php HTTP/1.1\r\nHost: x\r\n", b"X-Slow: 1\r\n"),
    Attack("400 slow uploads", 400, HEAD % (1, 1) + b"Content-Length: 1000000\r\n\r\n", b"x"),
    Attack("60 large uploads", 60, HEAD % (1, 1) + b"Content-Length: 16000001\r\n\r\n" + b"x" * 16_000_000),
    Attack(
        "60 large nonsense",
        60,
        b"PUT /mtls/update/update.php?mode=x HTTP/1.1\r\nHost: x\r\nContent-Length: 33000000\r\n\r\n",
    ),
)


class Attackers:
    """Connections that an attack keeps open; `work` is called again and again."""

    def __init__(self, port: int, attack: Attack) -> None:
        self.port, self.attack = port, attack
        self.selector = selectors.DefaultSelector()
        self.rest: dict[socket.socket, memoryview] = {}
        self.thrown_out = 0
        self._next_drip = time.monotonic() + 3

    def work(self) -> None:
        for _ in range(min(200, self.attack.count - len(self.rest))):
            self._connect()
        for key, _ in self.selector.select(0.01):
            self._advance(key.fileobj)  # type: ignore[arg-type]
        if time.monotonic() > self._next_drip:
            self._next_drip += 3
            for caller in list(self.rest):
                self._drip(caller)

    def close(self) -> None:
        for caller in list(self.rest):
            self._lose(caller)

    def _connect(self) -> None:
        caller = socket.socket()
        caller.bind(("127.0.0.1", 0))
        caller.setblocking(False)
        caller.connect_ex(("127.0.0.1", self.port))
        self.rest[caller] = memoryview(self.attack.first)
        self.selector.register(caller, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def _advance(self, caller: socket.socket) -> None:
        try:
            if rest := self.rest[caller]:
                self.rest[caller] = rest[caller.send(rest) :]
            if not self.rest[caller]:
                self.selector.modify(caller, selectors.EVENT_READ)
            with contextlib.suppress(BlockingIOError):
                if not caller.recv(65536):
                    self._lose(caller)
        except BlockingIOError:
            return
        except OSError:
            self._lose(caller)

    def _drip(self, caller: socket.socket) -> None:
        if not self.rest[caller]:
            with contextlib.suppress(OSError):
                caller.send(self.attack.then)

    def _lose(self, caller: socket.socket) -> None:
        self.thrown_out += 1
        self.selector.unregister(caller)
        del self.rest[caller]
        caller.close()


def asked(port: int) -> bool:
    """Poll as a device at another address does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=("127.0.0.2", 0))
    with contextlib.closing(connection):
        try:
            connection.request("GET", FOLDER + poll())
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def memory(pid: int) -> float:
    """Return the MiB that a process and its children hold."""
    found = 0
    for one in (pid, *children(pid)):
        with contextlib.suppress(OSError):
            found += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * resource.getpagesize()
    return found / MIB


def measure(name: str, port: int, pid: int, run: Path, attack: Attack) -> None:
    """Attack for a while, and tell how it went."""
    stop = threading.Event()
    attackers = Attackers(port, attack)

    def go_on() -> None:
        while not stop.is_set():
            attackers.work()
        attackers.close()

    def logs() -> int:
        return sum(one.stat().st_size for one in run.glob("*.log"))

    before, most, served, asked_often, longest = logs(), 0.0, 0, 0, 0.0
    thread = threading.Thread(target=go_on)
    thread.start()
    end = time.monotonic() + SECONDS
    time.sleep(5)
    while time.monotonic() < end:
        begin = time.monotonic()
        served += asked(port)
        asked_often += 1
        longest = max(longest, time.monotonic() - begin)
        most = max(most, memory(pid))
        time.sleep(1)
    stop.set()
    thread.join()
    grown = (logs() - before) / 1024
    print(
        f"{name:9} {attack.name:19} {served:3} of {asked_often:3} polls served, longest {longest:6.2f} s, "
        f"{most:6.0f} MiB, {grown:7.0f} KiB of log, {attackers.thrown_out} thrown out",
        flush=True,
    )


@contextlib.contextmanager
def embedded() -> Iterator[tuple[int, int, Path]]:
    """Run the embedded server as `./run` does."""
    with installed() as site, (site.root / "run" / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "updateserver", "serve", "--root", str(site.root), "--host", "127.0.0.1"]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "lib")}
        with subprocess.Popen(
            [*command, "--http", "0"], env=environment, stdout=subprocess.PIPE, stderr=log
        ) as process:
            for line in process.stdout or ():
                if found := re.search(rb"Command File URL.*:(\d+)/", line):
                    break
            yield int(found[1]), process.pid, site.root / "run"  # type: ignore[index]
            process.terminate()


def main() -> None:
    """Attack the named servers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("servers", nargs="*", default=["lighttpd", "apache", "embedded"])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for name in parser.parse_args().servers:
        for attack in ATTACKS:
            with contextlib.ExitStack() as stack:
                if name == "embedded":
                    port, pid, run = stack.enter_context(embedded())
                else:
                    served = stack.enter_context(serving(name, DeviceAuthority()))
                    served.site.configure('<master info=""/><status dir="status"/><backup dir="backup"/>')
                    port, pid, run = served.web.http, served.web.pid, served.site.root / "run"
                measure(name, port, pid, run, attack)


if __name__ == "__main__":
    main()
