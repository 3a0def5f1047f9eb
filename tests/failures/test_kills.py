"""The server is killed at any moment, as by a power cut, and started again, while a fleet calls."""

import os
import threading
import time

from tests.failures.installation import TYPES, Installation, Served, expire, has_everything
from tests.ports import free_port
from updateserver.backups.numbering import kept_lines
from updateserver.virtual.device import Device
from updateserver.virtual.fleet import make_fleet, run_fleet
from updateserver.virtual.poll import PollRecord

FLEET, KILLS = 30, 10


def test_killed_server_leaves_only_whole_files_and_the_fleet_comes_to_rest(installation: Installation) -> None:
    installation.configure(certs='dir="certs"')
    with Served(installation, "--http", str(free_port())) as server:
        devices = make_fleet(server.url, FLEET, TYPES)
        for device in devices:
            device.pace = 0.02
        sent: set[bytes] = set()

        def seen(_: Device, poll: PollRecord) -> None:
            sent.update(kept_lines(call.sent) for call in poll.uploads if "mode=backup" in call.url)

        killing = threading.Thread(target=kill_again_and_again, args=(server,))
        killing.start()
        while killing.is_alive():
            for device in devices:  # so that there is something new to back up
                device.variables.create("NOISE", "p", os.urandom(2000).hex(), device.clock())
            run_fleet(devices, at_once=FLEET, max_polls=8, seen=seen)
        report = run_fleet(devices, at_once=FLEET, seen=seen)
        assert not report.errors
        assert not report.restless
        assert all(map(has_everything, devices))
        assert installation.states().keys() == {device.identity.sn for device in devices}
        backups = installation.backups()
        assert len(backups) >= FLEET
        assert set(backups.values()) <= sent
        assert not list((installation.root / "status").glob("*unreadable*"))
        nothing_accumulates(installation)


def kill_again_and_again(server: Served) -> None:
    for _ in range(KILLS):
        time.sleep(0.1 + os.urandom(1)[0] / 640)
        server.kill()
        server.start()


def nothing_accumulates(installation: Installation) -> None:
    """Clean up an hour later: no half-written file is left, and nothing else is gone."""
    for folder in ("status", "certs", "cache", "backup/IP232-40-00-01"):
        installation.put(f"{folder}/.x.xml.4711.140000.tmp", "half")
    fresh = installation.root / "status" / ".y.xml.4711.140000.tmp"
    fresh.write_text("somebody is writing this")
    for path in installation.temporaries():
        if path != fresh:
            os.utime(path, (time.time() - 7200,) * 2)
    states, backups = installation.states().keys(), installation.backups()
    expire(installation)
    assert installation.temporaries() == [fresh]
    assert (installation.states().keys(), installation.backups()) == (states, backups)
