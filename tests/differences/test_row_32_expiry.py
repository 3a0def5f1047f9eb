"""Row 32: devices that have not called for a long time are forgotten, and nobody waits for that."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.site import SN, Site, cgi, poll
from updateserver.base.io.files import only_writer
from updateserver.device.io.expiry import forget

HOUR = 3600
DAY = 24 * HOUR
OLD = "00-90-33-00-00-01"


def configured(site: Site, expire: str = str(30 * DAY)) -> None:
    site.configure(f'<master info=""/><status dir="status" expire="{expire}"/>')


def with_old_states(site: Site, *, last_look: float = 2 * HOUR) -> None:
    """Have states of several ages, and other files; `last_look`: seconds since expiry was looked at."""
    site.put(f"status/{OLD}.xml", "<state/>", age=31 * DAY)
    site.put("status/00-90-33-00-00-02.xml", "<state/>", age=400 * DAY)
    site.put("status/00-90-33-00-00-03.xml", "<state/>", age=29 * DAY)
    site.put("status/notes.txt", "the admin's own", age=400 * DAY)
    site.put(f"status/{OLD}.xml.unreadable-1", "<sta", age=400 * DAY)
    site.put(f"status/.{OLD}.xml.1.1.tmp", "<sta", age=400 * DAY)
    site.put("status/lastcleanup", "", age=last_look)


KEPT = [f"{OLD}.xml.unreadable-1", "00-90-33-00-00-03.xml", f"{SN}.xml", "lastcleanup", "notes.txt"]


def wait_until_gone(site: Site, name: str) -> None:
    while (site.root / name).exists():
        time.sleep(0.01)


def all_gone(site: Site) -> None:
    for name in (f"{OLD}.xml", "00-90-33-00-00-02.xml", f".{OLD}.xml.1.1.tmp"):
        wait_until_gone(site, f"status/{name}")


def test_row_32_old_states_vanish_soon_after_a_poll(served: Site) -> None:
    configured(served)
    with_old_states(served)
    served.get(poll())
    all_gone(served)
    assert served.names("status") == KEPT


def test_row_32_a_plain_cgi_call_starts_it_as_well(site: Site) -> None:
    configured(site)
    with_old_states(site)
    assert cgi(site.root, poll().partition("?")[2]).status == 200
    all_gone(site)
    assert site.names("status") == KEPT


def test_row_32_no_device_waits_for_it(served: Site) -> None:
    configured(served)
    with_old_states(served)
    with only_writer(served.root / "cache" / "locks", OLD):  # so that expiry cannot go on
        assert served.get(poll()).status == 200
        assert served.get(poll()).status == 200
        assert f"{OLD}.xml" in served.names("status")
    all_gone(served)


def test_row_32_the_answer_does_not_depend_on_it(served: Site) -> None:
    configured(served)
    served.snippet()
    usual = served.get(poll())
    with_old_states(served)
    assert served.get(poll()).lines == usual.lines
    all_gone(served)
    assert served.get(poll()).lines == usual.lines


def test_a_device_that_calls_again_is_not_forgotten(served: Site) -> None:
    configured(served)
    with_old_states(served)
    served.get(poll(sn=OLD))
    wait_until_gone(served, "status/00-90-33-00-00-02.xml")
    assert served.state(OLD).find("device").get("sn") == OLD


def test_a_device_that_calls_just_then_is_not_forgotten_either(site: Site) -> None:
    configured(site)
    with_old_states(site)
    locks = site.root / "cache" / "locks"
    with only_writer(locks, OLD):
        (lock,) = locks.iterdir()
        forgetting = threading.Thread(target=forget, args=(site.root / "status", locks, 30 * DAY, str))
        forgetting.start()
        wait_until_someone_waits_for(lock)
        site.put(f"status/{OLD}.xml", "<state/>", age=0)
    forgetting.join()
    states = [name for name in site.names("status") if name.endswith(".xml") and not name.startswith(".")]
    assert states == [f"{OLD}.xml", "00-90-33-00-00-03.xml"]


def wait_until_someone_waits_for(lock: Path) -> None:
    inode = f":{lock.stat().st_ino} "
    while not any("->" in line and inode in line for line in Path("/proc/locks").read_text().splitlines()):
        time.sleep(0.005)


def test_it_is_looked_at_once_an_hour(served: Site) -> None:
    configured(served)
    with_old_states(served)
    served.get(poll())
    all_gone(served)
    looked = (served.root / "status/lastcleanup").stat().st_mtime_ns
    served.put(f"status/{OLD}.xml", "<state/>", age=400 * DAY)
    served.get(poll())
    assert (served.root / "status/lastcleanup").stat().st_mtime_ns == looked
    assert f"{OLD}.xml" in served.names("status")


@pytest.mark.parametrize("expire", ["", "0", "never"])
def test_without_a_limit_nothing_is_forgotten(served: Site, expire: str) -> None:
    configured(served, expire)
    with_old_states(served)
    before = [name for name in served.names("status") if not name.endswith(".tmp")]  # those are never wanted
    served.get(poll())
    command = [sys.executable, "-m", "updateserver", "expire", "--root", str(served.root)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(served.root / "lib")}, capture_output=True)
    assert served.names("status") == sorted([*before, f"{SN}.xml"])
