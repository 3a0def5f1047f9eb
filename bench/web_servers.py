"""A large fleet under real web servers: all devices begin at the same moment and go on until they are at rest.

    .venv/bin/python -m bench.web_servers --devices 300
    .venv/bin/python -m bench.web_servers --devices 300 --kill 0.3     with a serving process killed every 300 ms

lighttpd and Apache run from the examples, each by HTTP and by mutual TLS with forcetrust, in a folder of their own.
"""

import argparse
import contextlib
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from tests.servers.conftest import Served, serving
from tests.servers.fleets import arrange, assert_nothing_torn, assert_settled, fleet
from tests.servers.program import kill_all
from tests.servers.test_survival import again_and_again
from tests.servers.web import SERVERS
from updateserver.virtual.factory import DeviceAuthority
from updateserver.virtual.fleet import Report, run_fleet


def main() -> int:
    """Run all four and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=100, help="devices that poll at the same moment")
    parser.add_argument("--kill", type=float, metavar="SECONDS", help="kill one serving process so often")
    wanted = parser.parse_args()
    factory = DeviceAuthority()
    failed = False
    for name in SERVERS:
        for authority in (None, factory):
            report = run(name, factory, authority, wanted)
            kind = "mutual TLS" if authority else "HTTP"
            print(f"{name}, {kind}: {told(report)}")
            for error in report.errors[:10]:
                print(f"  {error}")
            failed |= bool(report.errors) and not wanted.kill  # calls that were being answered are asked for again
    return 1 if failed else 0


def run(name: str, factory: DeviceAuthority, authority: DeviceAuthority | None, wanted: argparse.Namespace) -> Report:
    """Run a fleet under one web server."""
    with serving(name, factory) as served:
        arrange(served, trusted=authority is not None)
        devices = fleet(served, wanted.devices, authority)
        with again_and_again(lambda: _kill_one(served), wanted.kill) if wanted.kill else contextlib.nullcontext():
            report = run_fleet(devices, at_once=wanted.at_once, max_polls=200 if wanted.kill else 50)
        assert_settled(served, report)
        assert_nothing_torn(served)
        return report


def _kill_one(served: Served) -> None:
    if served.program and (workers := served.program.workers):
        kill_all([random.choice(workers)])  # noqa: S311


def told(report: Report) -> str:
    """Return a line about a fleet."""
    calls = report.polls + report.uploads + report.loads
    return (
        f"{len(report.outcomes)} devices at rest after {report.polls} polls, {report.uploads} uploads, "
        f"{report.loads} loads; {len(report.errors)} errors; {report.seconds:.1f} s, "
        f"{calls / report.seconds:.0f} calls a second, slowest {report.slowest[0].seconds:.2f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
