"""What the device overview costs with 100, 10,000 and 100,000 devices, as times and as ratios to 100 devices.

    python bench/overview.py                100 and 10,000 devices
    python bench/overview.py --huge         100,000, too (about 600 MB below the temporary folder)
    python bench/overview.py --polls 50     with so many polls a second going on, by another process

Measured is what the pages ask for: the first page of 100 rows with and without the counts of the charts, pages of
filters that match nearly all, one of six and one device, a page sorted by name, the whole page as HTML, and the look at
the folder when 100 states changed; each the best of several, every time with a connection of its own, as different
processes would have it. "first build" is how long it takes until all states are in an index that was deleted; meanwhile
lists show what there is so far.

Goals: the first page with 10,000 devices at most twice as long as with 100, a filter at most four times; with 100,000
at most ten times.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "lib"))

from updateserver.fleet.io.index import FleetIndex  # noqa: E402 - found by the line above
from updateserver.poll.io.installation import Installation  # noqa: E402
from updateserver.web.admin.application import AdminApplication  # noqa: E402

_CONFIG = """<config><master info="" user="" password=""/><status dir="status"/>
<queries><query id="admin" title="Admin"><cmd>mod cmd CMD0 xml-info</cmd><applies>*</applies>
<show title="Name">/state/queries/admin/info/@name</show></query></queries></config>"""
_TYPES = ("IP222", "IP232", "IP111", "IP112", "IP811", "IP0011")
_MEASURES = (
    "first page",
    "with charts",
    "filter all",
    "filter",
    "filter one",
    "sorted",
    "HTML",
    "HTML, filter all",
    "HTML, filter",
    "HTML, filter one",
    "100 changed",
)
_FILTER_ALL = "172.16. phone"
_FILTER = "172.16. ip222 present"


def state(number: int, now: int) -> tuple[str, bytes]:
    """Return the serial number and the state of a device that polled some times."""
    chance = random.Random(number)  # noqa: S311 - nothing secret
    sn = "-".join(f"00903{3 + (number >> 24 & 7)}{number & 0xFFFFFF:06x}"[at : at + 2] for at in range(0, 12, 2))
    kind, ip = chance.choice(_TYPES), f"172.16.{number >> 8 & 255}.{number & 255}"
    seen = now - chance.choice((60, 600, 7000, 90_000, 700_000))
    log = "".join(
        f'<msgs time="{seen - 900 * call}" msg="{text}"/>'
        for call in range(2)
        for text in ("", "phase: update, nextphase: , environment: default, type: x, classes: phone", "Backups not")
    )
    return sn, (
        f'<?xml version="1.0"?>\n<state seen="{seen}" phase="update" nextphase=""><device sn="{sn}" type="{kind}" '
        f'classes="phone, opus_phone, {kind.lower()}" ip="{ip}" rp="false" phase="update" environments="default" '
        f'realip="{ip}" hwid="{kind}-{sn[-8:]}" certstat="OK"/><firmware build="{chance.choice((130500, 130600))}"/>'
        f'<bootcode build="113454"/>{log}<queries><admin seen="{seen}"><info name="Room {number}"/></admin>'
        f'<certificates seen="{seen}"><info><servercert><certificate subject_cn="{sn}" issuer_cn="Our CA" '
        f'not_before="01.01.2020-00:00:00" not_after="01.01.{2027 + number % 5}-00:00:00"/></servercert></info>'
        f"</certificates></queries></state>\n"
    ).encode()


def make(root: Path, count: int) -> list[str]:
    """Make an installation with so many devices; return their serial numbers."""
    for folder in ("config", "status", "cache", "scripts"):
        (root / folder).mkdir(parents=True)
    (root / "config.xml").write_bytes((PROJECT / "config.xml").read_bytes())
    (root / "config" / "user-config.xml").write_text(_CONFIG)
    now, serials = int(time.time()), []
    for number in range(count):
        sn, content = state(number, now)
        (root / "status" / f"{sn}.xml").write_bytes(content)
        serials.append(sn)
    return serials


def milliseconds(call: Callable[[], object], times: int = 15) -> float:
    """Return the best time of a call."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found) * 1000


def measure(root: Path, serials: list[str]) -> dict[str, float]:
    """Return how long each question takes, in milliseconds."""
    site = Installation(root)
    config, index, looking = site.config(), FleetIndex(site), FleetIndex(site, every=0)
    start = time.perf_counter()
    while index.page(config).pending:
        pass
    build = (time.perf_counter() - start) * 1000
    one = serials[len(serials) // 2]

    def page_with_charts() -> None:
        index.page(config)
        index.charts(config)

    def changed() -> None:
        for sn in random.sample(serials, 100):
            path = root / "status" / f"{sn}.xml"
            content = path.read_bytes()
            path.with_suffix(".tmp").write_bytes(content)
            path.with_suffix(".tmp").replace(path)
        start = time.perf_counter()
        looking.page(config)
        times.append((time.perf_counter() - start) * 1000)

    times: list[float] = []
    result = {
        "first page": milliseconds(lambda: index.page(config)),
        "with charts": milliseconds(page_with_charts),
        "filter all": milliseconds(lambda: index.page(config, _FILTER_ALL)),
        "filter": milliseconds(lambda: index.page(config, _FILTER)),
        "filter one": milliseconds(lambda: index.page(config, one)),
        "sorted": milliseconds(lambda: index.page(config, sort="name", descending=True)),
    }
    application = AdminApplication(root)
    result["HTML"] = milliseconds(lambda: fetch(application, ""))
    result["HTML, filter all"] = milliseconds(lambda: fetch(application, _FILTER_ALL))
    result["HTML, filter"] = milliseconds(lambda: fetch(application, _FILTER))
    result["HTML, filter one"] = milliseconds(lambda: fetch(application, one))
    for _ in range(7):
        changed()
    return result | {"100 changed": min(times), "first build": build}


def fetch(application: AdminApplication, text: str) -> int:
    """Return the size of the overview as HTML, in bytes."""
    environ: dict[str, object] = {"SCRIPT_NAME": "/update/admin/admin.php", "REMOTE_ADDR": "192.0.2.1"}
    environ["QUERY_STRING"] = urlencode({"mode": "status", "filter": text})
    setup_testing_defaults(environ)
    return sum(map(len, application(environ, lambda *_: None)))


def poller(root: Path, serials: list[str], rate: float) -> None:
    """Poll in turn, so many times a second, until stopped."""
    from updateserver.device.request import Poll  # noqa: PLC0415
    from updateserver.poll.io.delivery import deliver  # noqa: PLC0415
    from updateserver.trust.call import Call  # noqa: PLC0415

    site, due = Installation(root), time.monotonic()
    call = Call("update.example.com", "/update/", "update.php", False, "80", "172.16.0.1", None, True)
    while True:
        sn = random.choice(serials)  # noqa: S311
        poll = Poll({"type": "IP232", "sn": sn, "hwid": f"IP232-{sn[-8:]}", "ip": "172.16.0.1"})
        deliver(site, site.config(), call, poll, lambda *_: None)
        due += 1 / rate
        time.sleep(max(0, due - time.monotonic()))


def main() -> None:
    """Measure and print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--huge", action="store_true", help="measure 100,000 devices, too")
    options.add_argument("--polls", type=float, default=0, help="polls a second meanwhile")
    options.add_argument("--poll-in", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.poll_in:
        poller(chosen.poll_in, [path.stem for path in (chosen.poll_in / "status").glob("*.xml")], chosen.polls)
    results = {}
    for count in (100, 10_000, 100_000) if chosen.huge else (100, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "installation"
            serials = make(root, count)
            command = [sys.executable, __file__, "--poll-in", str(root), "--polls", str(chosen.polls)]
            polling = subprocess.Popen(command) if chosen.polls else None
            try:
                results[count] = measure(root, serials)
            finally:
                if polling:
                    polling.terminate()
                    polling.wait()
    print(f"{'milliseconds':14}" + "".join(f"{count:>12,}" for count in results))
    first, *others = results.values()
    for name in (*_MEASURES, "first build"):
        cells = "".join(f"{result[name]:12.1f}" for result in results.values())
        ratios = [result[name] / first[name] for result in others]
        print(f"{name:14}{cells}   " + "  ".join(f"x {ratio:.1f}" for ratio in ratios))


if __name__ == "__main__":
    main()
