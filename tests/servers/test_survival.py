"""Whatever is killed or restarted: the web server answers, and what is stored can be read."""

import contextlib
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.servers.conftest import Served
from tests.servers.fleets import arrange, assert_nothing_torn, assert_settled, fleet
from tests.servers.program import PROJECT, children, kill_all
from tests.site import poll
from tests.waiting import wait_until
from updateserver.virtual.fleet import Report, run_fleet

COUNT = 6
MAX_POLLS = 400
TIMES = 6


def answers(served: Served) -> bool:
    return served.web.get(f"/mtls/update/{poll()}").status == 200


@contextlib.contextmanager
def again_and_again(deed: Callable[[], None], pause: float) -> Iterator[None]:
    """Do something every `pause` seconds meanwhile, some times: on a slow machine there would be no time for calls."""
    over = threading.Event()

    def run() -> None:
        for _ in range(TIMES):
            if over.wait(pause):
                return
            deed()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def run_to_rest(served: Served) -> Report:
    """Let a fleet poll until it is at rest; what is refused meanwhile is asked for again by the next poll."""
    devices = fleet(served, COUNT)
    for device in devices:
        device.pace = 0.3
    report = run_fleet(devices, at_once=COUNT, max_polls=MAX_POLLS)
    assert_settled(served, report)
    assert_nothing_torn(served)
    return report


def test_killed_workers_are_replaced(fresh: Served) -> None:
    for _ in range(2):
        assert answers(fresh)
        fresh.program.kill_workers()
        assert answers(fresh)  # it waited in the socket's queue


def test_fleet_comes_to_rest_while_workers_are_killed(fresh: Served) -> None:
    arrange(fresh)
    killed: list[int] = []

    def kill() -> None:
        assert answers(fresh)
        killed.extend(fresh.program.kill_workers())

    with again_and_again(kill, 0.8):
        report = run_to_rest(fresh)
    assert killed
    assert len(report.errors) <= len(killed)  # the calls that they were answering, no others


def test_killed_program_is_started_again(fresh: Served) -> None:
    assert answers(fresh)
    orphans = fresh.program.workers
    fresh.program.signal(signal.SIGKILL)
    assert answers(fresh)
    wait_until(lambda: not any(map(alive, orphans)), "workers end when their program is gone")
    assert answers(fresh)


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_restarts_lose_no_call(fresh: Served) -> None:
    arrange(fresh)

    def restart() -> None:
        assert answers(fresh)
        fresh.program.signal(signal.SIGTERM)

    with again_and_again(restart, 1):
        report = run_to_rest(fresh)
    assert not report.errors
    assert fresh.program.exit_codes


def test_reloads_lose_no_call(fresh: Served) -> None:
    arrange(fresh)

    def reload() -> None:
        assert answers(fresh)
        fresh.program.signal(signal.SIGHUP)

    with again_and_again(reload, 1):
        report = run_to_rest(fresh)
    assert not report.errors
    assert fresh.program.exit_codes == []


def started_by_lighttpd() -> Mapping[str, str]:
    """Return what the comment in lighttpd-include.conf.example says to change where there is no systemd."""
    text = (PROJECT / "lighttpd-include.conf.example").read_text()
    (comment,) = re.findall(r'(?m)^#   "socket" => .*\n(?:#   .*\n)+', text)
    lines = comment.replace("#   ", "    ")
    # Where these tests differ: a folder of their own, and the environment that they run in.
    lines = lines.replace('"/run/lighttpd/updateserver-"', 'run + "/updateserver-"')
    lines = lines.replace('updateserver_folder + "/.venv/bin/python', f'"{sys.executable}')
    return {'    "socket" => updateserver_socket,\n': lines, comment: ""}


@pytest.fixture
def alone(start: Callable[[str, Mapping[str, str]], Served]) -> Served:
    """A lighttpd that starts the program itself."""
    return start("lighttpd", started_by_lighttpd())


def test_lighttpd_can_start_the_program_itself(alone: Served) -> None:
    wait_until(lambda: len(children(alone.web.pid)) == 4, "four processes serve")
    assert answers(alone)
    arrange(alone)
    report = run_to_rest(alone)
    assert not report.errors


def test_lighttpd_replaces_killed_workers_that_it_started(alone: Served) -> None:
    arrange(alone)
    with again_and_again(lambda: kill_all(children(alone.web.pid)), 2):
        run_to_rest(alone)
    wait_until(lambda: answers(alone), "killed workers are replaced")
