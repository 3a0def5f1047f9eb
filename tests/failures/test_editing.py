"""The admin edits while devices call: nothing half-written reaches a device."""

import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.failures.installation import TYPES, Installation, Served, has_everything
from updateserver.virtual.device import Device
from updateserver.virtual.fleet import make_fleet, run_fleet
from updateserver.virtual.poll import PollRecord

DAY = 86400
POLL = "?type=IP232&sn=00-90-33-30-00-af&hwid=IP232-30-00-af&ip=1.2.3.4&phase=update&polling=0"
BROKEN = {"no XML": "<config><times", "empty": "", "no phase": '<config><phases><phase id="a-b"/></phases></config>'}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_broken_configuration_stops_devices_and_harms_none(installation: Installation, broken: str) -> None:
    own = installation.root / "config" / "user-config.xml"
    good = own.read_text()
    refused: list[bytes] = []

    def seen(_: Device, poll: PollRecord) -> None:
        if poll.status != 200:
            refused.append(poll.body)

    with Served(installation) as server:
        devices = make_fleet(server.url, len(TYPES), TYPES)
        polling = threading.Thread(target=run_fleet, args=(devices,), kwargs={"max_polls": 5, "seen": seen})
        polling.start()
        own.write_text(broken)
        polling.join()
        before = len(refused)
        run_fleet(devices, max_polls=2, seen=seen)
        assert len(refused) > before
        assert all(re.fullmatch(rb"# [^\r\n]+\r\n", body) for body in refused)
        assert server.lines("the configuration cannot be used", "config/user-config.xml")
        own.write_text(good)
        report = run_fleet(devices)
        assert not report.errors
        assert not report.restless
        assert all(map(has_everything, devices))


class Reading:
    """Polls again and again while a `with` block lasts; `delivered` are the snippets that came."""

    def __init__(self, url: str) -> None:
        self.delivered: list[bytes] = []
        self._url = url
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(4)]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with urlopen(self._url + POLL) as answer:
                    script = answer.read()
            except HTTPError as error:  # while it is written all the time
                error.close()
                continue
            self.delivered += re.findall(rb"# \{ begin script [^\r]*\r\n(.*)\r\n# end script", script, re.DOTALL)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def version(number: int) -> bytes:
    return b"".join(b"config add CMD0 /line%d version%d\n" % (line, number) for line in range(1, 4000 + 500 * number))


def by_rename(path: Path, content: bytes, number: int) -> None:  # noqa: ARG001 -- as the other way needs it
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)


def in_place(path: Path, content: bytes, number: int) -> None:
    """Write as `cp -p` does: in pieces, and at the end the time of change of the original, long ago."""
    with path.open("r+b", buffering=0) as file:
        file.truncate(0)
        for begin in range(0, len(content), 20_000):
            file.write(content[begin : begin + 20_000])
            time.sleep(0.001)
    os.utime(path, (time.time() - DAY + number,) * 2)


@pytest.mark.parametrize(("write", "grace"), [(by_rename, 0), (in_place, 90)])
def test_no_torn_snippet_is_ever_delivered(
    installation: Installation, write: Callable[[Path, bytes, int], None], grace: int
) -> None:
    installation.configure(times=f'grace="{grace}" check="false"')
    for path in (installation.root / "scripts").iterdir():
        path.unlink()
    versions = [version(number) for number in range(8)]
    snippet = installation.put("scripts/update-all-default.txt", versions[0].decode())
    with Served(installation, "--quiet") as server, Reading(server.url) as reading:
        for turn in range(5):
            for number, content in enumerate(versions):
                write(snippet, content, turn * len(versions) + number)
                delivered = len(reading.delivered)
                while len(reading.delivered) < delivered + 3:
                    time.sleep(0.001)
    assert len(set(reading.delivered)) > 1
    assert set(reading.delivered) <= set(versions)
