"""What a call of the redirection service costs with 100 serial numbers and with a million, side by side.

    python bench/redirection.py
    python bench/redirection.py --devices 100000 --rounds 5

Two installations are filled by `updateserver redirect import` from a CSV file, which is timed. Then both are called in
turn, in the same process, each time for another device: known ones, which are redirected with a trust value and all
properties, and unknown ones in their hour of grace. The medians of each round are compared. At the end 10,000 devices
call one after another, twice each as they do from their box, over HTTP to the embedded server: all must be redirected.

Goal: a call with a million at most 1.5 times as long as with 100; the import of a million within minutes.
"""

import argparse
import http.client
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from wsgiref.util import setup_testing_defaults

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "lib"))

from click.testing import CliRunner  # noqa: E402 - found by the line above

from updateserver.cli.redirect import redirect  # noqa: E402
from updateserver.redirection.io.registry_files import RegistryFiles  # noqa: E402
from updateserver.redirection.io.sqlite_registry import NAME, SqliteRegistry  # noqa: E402
from updateserver.redirection.registry import Customer, Project  # noqa: E402
from updateserver.web.embedded import EmbeddedServer  # noqa: E402
from updateserver.web.redirect import RedirectApplication  # noqa: E402

_FEW = 100
_CALLS = 500  # in a round, of each kind
_PROJECTS = 100
_FLEET = 10_000


def serial(number: int) -> str:
    """Return a serial number; neighbours are far apart, so that the devices of a round lie all over the file."""
    return (0x009033000000 + number * 7 % 0x1000000).to_bytes(6, "big").hex("-")


def make(root: Path, count: int) -> float:
    """Make an installation with so many devices; return the seconds that their import took."""
    (root / "config").mkdir(parents=True)
    for name in ("config.xml", "update.py", "redirect.py"):
        (root / name).write_bytes((PROJECT / name).read_bytes())
    (root / "lib").symlink_to(PROJECT / "lib")
    (root / "config" / "user-config.xml").write_text('<config><master info=""/></config>')
    registry = SqliteRegistry(root / NAME)
    registry.create()
    for number in range(1, _PROJECTS + 1):
        url, trust = "https://update.example.com/mtls/update/update.php", "*:3082" + "ab" * 900
        registry.put_project(Project(number, Customer(number % 10 + 1, "Hosting"), f"P{number}", "", url, trust))
    table = root / "devices.csv"
    with table.open("w") as file:
        file.write("sn;project\n")
        file.writelines(f"{serial(number)};{number % _PROJECTS + 1}\n" for number in range(count))
    start = time.perf_counter()
    result = CliRunner().invoke(redirect, ["import", "--root", str(root), str(table)])
    assert result.exit_code == 0, result.output  # noqa: S101
    return time.perf_counter() - start


def call(application: RedirectApplication, query: str) -> bytes:
    """Call the service as a web server would."""
    environ: dict[str, object] = {"SCRIPT_NAME": "/init", "REMOTE_ADDR": "192.0.2.1", "QUERY_STRING": query}
    setup_testing_defaults(environ)
    return b"".join(application(environ, lambda *_: None))


def seconds(ask: Callable[[], bytes], expected: bytes) -> float:
    """Return how long a call takes that is answered as expected."""
    start = time.perf_counter()
    answer = ask()
    took = time.perf_counter() - start
    assert expected in answer, answer  # noqa: S101
    return took


def compare(applications: Sequence[RedirectApplication], counts: Sequence[int], rounds: int) -> None:
    """Call both in turn and print the medians."""
    kinds = {"known": b"# redirected to", "unknown": b"# unknown mac"}
    for kind, expected in kinds.items():
        ratios, medians = [], []
        for _ in range(rounds):
            times: list[list[float]] = [[], []]
            for _ in range(_CALLS):
                for place, application in enumerate(applications):
                    # the unknown ones of a round are few, since each of them is new only once
                    number = random.randrange(counts[place]) if kind == "known" else 2_200_000 + random.randrange(50)  # noqa: S311
                    query = f"mac={serial(number)}&hwid=IP232&type=IP232&nostdprv={int(time.time())}"
                    times[place].append(seconds(lambda a=application, q=query: call(a, q), expected))
            medians.append([statistics.median(found) * 1000 for found in times])
            ratios.append(medians[-1][1] / medians[-1][0])
        few, many = (statistics.median(found) for found in zip(*medians, strict=True))
        told = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"{kind:8} {few:8.3f} ms {many:8.3f} ms   x {statistics.median(ratios):.2f} ({told})")


def fleet(root: Path) -> None:
    """Have 10,000 devices call as they do from their box."""
    with EmbeddedServer(root) as server:
        connection = http.client.HTTPConnection(*server.addresses[0])
        start, redirected = time.perf_counter(), 0
        for number in range(_FLEET):
            for query in ("", f"?mac={serial(number)}&type=IP232"):
                connection.request("GET", f"/init{query}")
                answer = connection.getresponse().read()
            redirected += b"# redirected to" in answer
        print(f"{redirected:,} of {_FLEET:,} devices redirected in {time.perf_counter() - start:.1f} s")
        connection.close()


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--devices", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    counts = (_FEW, chosen.devices)
    with tempfile.TemporaryDirectory() as folder:
        roots = [Path(folder) / str(count) for count in counts]
        for root, count in zip(roots, counts, strict=True):
            print(f"import of {count:,}: {make(root, count):.1f} s, {(root / NAME).stat().st_size / 1e6:.1f} MB")
        start = time.perf_counter()
        now = RegistryFiles(roots[1]).open()
        assert now  # noqa: S101
        print(f"list of projects: {len([now.registry.count(one.id) for one in now.registry.projects()])}", end=" ")
        print(f"in {(time.perf_counter() - start) * 1000:.0f} ms")
        print(f"{'':8} {_FEW:>11,} {chosen.devices:>11,}")
        compare([RedirectApplication(root) for root in roots], counts, chosen.rounds)
        fleet(roots[1])


if __name__ == "__main__":
    main()
