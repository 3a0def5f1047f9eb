"""How many polls a second: beside a WSGI "hello" of the same answer size, under the same server, in turn.

    .venv/bin/python bench/polls.py                       all ways, as docs/performance.md has them
    .venv/bin/python bench/polls.py --ways flup fastcgi --rounds 9
    .venv/bin/python bench/polls.py --folder /var/tmp     with the states on that disk
    .venv/bin/python bench/polls.py --profile             where the time of one poll goes, and what it asks of the disk

Needs lighttpd and wrk (apt-get install lighttpd wrk). Ways: `flup`, both applications served by flup's own WSGIServer,
in processes that lighttpd starts; `fastcgi`, both served by `updateserver fastcgi`, which is flup with less to say to
the web server; `embedded`, the embedded server; `cgi`, lighttpd that starts a process for each call. Each round
measures hello and poll for a few seconds each; the medians of the rounds and of their ratios are shown. Everything
happens on 127.0.0.1, in a folder that is removed at the end.
"""

import argparse
import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import rich.console
import rich.progress
import rich.table
from installation import PROJECT, Installation

WAYS = ("flup", "fastcgi", "embedded", "cgi")
_PORT = 18090
_LIGHTTPD = """
server.modules = ( "mod_fastcgi", "mod_cgi" )
server.document-root = "{folder}/{root}"
server.bind = "127.0.0.1"
server.port = {port}
server.max-fds = 4096
server.errorlog = "{folder}/lighttpd.log"
fastcgi.server = (
    "/fastcgi/" => (( "socket" => "{folder}/{root}.socket", "check-local" => "disable" )),
    "/flup/" => ((
        "socket" => "{folder}/{root}.flup", "check-local" => "disable", "max-procs" => {processes},
        "bin-path" => "{python} {folder}/{root}/plain_flup.py"
    ))
)
cgi.assign = ( "update.py" => "{python}" )
"""


def main() -> None:
    """Measure and print a table."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        installation = Installation(Path(folder), arguments.devices)
        if arguments.profile:
            installation.profile()
            return
        table = rich.table.Table("way", "poll", "hello/s", "polls/s", "costs relative to hello", "memory of a process")
        with rich.progress.Progress(transient=True) as progress:
            steps = len(arguments.ways) * len(installation.cases) * arguments.rounds
            task = progress.add_task("measuring", total=steps)
            for way in arguments.ways:
                for case in installation.cases:
                    rates, memory = _measured(installation, way, case, arguments, lambda: progress.advance(task))
                    hello, poll = (statistics.median(rate) for rate in zip(*rates, strict=True))
                    ratio = statistics.median(one / other for one, other in rates)
                    table.add_row(way, case.name, f"{hello:.0f}", f"{poll:.0f}", f"{ratio:.2f}", memory)
        rich.console.Console().print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), metavar="WAY")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--processes", type=int, default=2, help="FastCGI processes")
    parser.add_argument("--devices", type=int, default=20_000, help="that poll one after the other")
    memory = Path("/dev/shm")  # noqa: S108 - in memory: it is the program that is measured
    parser.add_argument("--folder", type=Path, default=memory if memory.is_dir() else None, help="of the states")
    parser.add_argument("--profile", action="store_true")
    return parser.parse_args()


def _measured(installation, way, case, arguments, done):
    """Return the rates of hello and poll, round by round, and the memory of a process."""
    installation.say_hello(len(case.answer(installation)))
    with (
        _serving(installation.folder, "hello", way, _PORT, arguments) as hello,
        _serving(installation.folder, "site", way, _PORT + 1, arguments) as site,
    ):
        rates = []
        for _ in range(arguments.rounds):
            rates.append(tuple(_rate(url, case, arguments) for url in (hello.url, site.url)))
            done()
        return rates, site.memory()


class _Serving:
    """A server that runs."""

    def __init__(self, url: str, processes: list["subprocess.Popen[bytes]"]) -> None:
        self.url = url
        self._processes = processes

    def memory(self) -> str:
        """Return the largest resident set of the Python processes."""
        sizes = [_resident(pid) for process in self._processes for pid in _family(process.pid)]
        return f"{max(sizes, default=0) / 1024:.0f} MB" if sizes else "-"


@contextlib.contextmanager
def _serving(folder: Path, root: str, way: str, port: int, arguments: argparse.Namespace) -> Iterator[_Serving]:
    module = [sys.executable, "-m", "updateserver"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "lib")}
    commands = []
    if way == "embedded":
        commands.append(
            [*module, "serve", "--quiet", "--host", "127.0.0.1", "--http", str(port), "--root", str(folder / root)]
        )
    if way == "fastcgi":
        socket = ["--socket", f"{folder}/{root}.socket", "--processes", str(arguments.processes)]
        commands.append([*module, "fastcgi", *socket, "--root", str(folder / root)])
    server = []
    if way != "embedded":
        configuration = folder / f"{root}.conf"
        processes = arguments.processes if way == "flup" else 1
        configuration.write_text(
            _LIGHTTPD.format(folder=folder, root=root, port=port, python=sys.executable, processes=processes)
        )
        server.append([shutil.which("lighttpd") or "/usr/sbin/lighttpd", "-D", "-f", str(configuration)])
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands + server
    ]
    path = {
        "flup": "/flup/update.php",
        "fastcgi": "/fastcgi/update.php",
        "embedded": "/mtls/update/update.php",
        "cgi": "/update.py",
    }[way]
    try:
        url = f"http://127.0.0.1:{port}{path}"
        _wait_for(url)
        yield _Serving(url, [] if way == "cgi" else started[:1])
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def _wait_for(url: str) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), urlopen(url) as answer:
            answer.read()
            return
        time.sleep(0.1)
    raise SystemExit(f"nobody answers at {url}")


def _rate(url: str, case, arguments: argparse.Namespace) -> float:
    """Return how many calls a second are answered."""
    host, slash, path = url.removeprefix("http://").partition("/")
    script = case.load_script(slash + path)
    command = [
        "wrk",
        "-t",
        "1",
        "-c",
        str(arguments.connections),
        "-d",
        f"{arguments.seconds:g}s",
        "-s",
        script,
        f"http://{host}/",
    ]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"not all calls were answered:\n{told}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    return float(found[1]) if found else 0.0


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children] or [pid]


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


if __name__ == "__main__":
    main()
