"""A device of a PHP installation that was copied over goes on where it was."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.site import Site
from updateserver.virtual.device import Device
from updateserver.virtual.identity import DeviceIdentity

CASES = Path(__file__).parents[1] / "recordings" / "cases"
SN = "00-90-33-30-00-af"


@pytest.fixture
def copied(served: Site) -> Site:
    """The installation that a PHP server left behind, at the end of a recording."""
    case = json.loads((CASES / "certs-good.json").read_text())
    served.put("config/user-config.xml", case["user_config"])
    for name, file in case["files"].items():
        served.put(name, file["text"])
    served.put(f"status/{SN}.xml", case["recorded_tree"][f"status/{SN}.xml"])
    return served


def phone(site: Site) -> Device:
    """The phone as the PHP server left it: in its last phase, its scripts run."""
    assert site.server
    arguments = "polling=0&phase=update&type=#t&sn=#m&hwid=#h&ip=#i"
    device = Device(f"{site.server.url}update.php?{arguments}", DeviceIdentity("IP232", SN), new=False)
    case = json.loads((CASES / "certs-good.json").read_text())
    lines = case["recorded"][-1]["body"].splitlines()
    signature = next(line.split()[-1] for line in lines if line.startswith("mod cmd UP1 check"))
    device.variables.store_serial("CHECK", signature, datetime.now(UTC))
    return device


def test_it_does_not_run_its_snippets_again(copied: Site) -> None:
    device = phone(copied)
    for _ in range(3):
        poll = device.poll()
        assert poll.status == 200
        assert not any(line.startswith("config add CMD0") for line in poll.executed)
        assert "mod cmd UP1 check" not in poll.script


def test_what_the_php_server_knew_is_kept(copied: Site) -> None:
    before = copied.state()
    phone(copied).poll()
    after = copied.state()
    delivered = {config.get("filename"): config.get("delivered") for config in before.iterfind("config")}
    assert delivered
    assert {config.get("filename"): config.get("delivered") for config in after.iterfind("config")} == delivered
    assert after.find("device").get("certstat") == "OK"


def test_its_own_way_of_writing_is_one_that_the_php_server_reads(copied: Site) -> None:
    phone(copied).poll()
    assert copied.read(f"status/{SN}.xml").startswith(b'<?xml version="1.0"?>\n<state ')
    known = {"device", "msgs", "queries", "config", "firmware", "bootcode"}
    assert {element.tag for element in copied.state()} <= known
