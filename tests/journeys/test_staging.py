"""A new device settles: through staging, queries, backups and a change of firmware."""

import pytest

from tests.site import Site, effective
from updateserver.virtual.device import Device
from updateserver.virtual.identity import DeviceIdentity
from updateserver.virtual.poll import PollRecord

CONFIGURATION = """
<master info="none" firmware="130986" bootcode="130112"/>
<status dir="status"/>
<backup dir="backup"/>
<times polling="5" interval="30"/>
<phases><phase id="staging" seq="100"/></phases>
<environments>
  <environment id="intranet"/><environment id="berlin"><implies>intranet</implies></environment>
</environments>
<queries>
  <query id="admin"><applies>*</applies></query>
  <query id="registration"><cmd>mod cmd PHONE/USER phone-regs</cmd><applies>phone</applies></query>
</queries>
"""

# snippet file: its one command; those of the two phases for each kind of device, in the order of delivery
SNIPPETS = {
    "staging-all-all": "config add CMD0 /name staged",
    "staging-phone-berlin": "config add PHONE SIG /gk-addr pbx.example.com",
    "all-all-intranet": "config add NTP0 /addr ntp.example.com",
    "update-all-berlin": "config add IP0 /location berlin",
    "update-phone-all": "config add PHONE SIG /coder OPUS-WB,20,",
    "update-gw-berlin": "config add GW GW1 /name trunk",
    "update-swphone-intranet": "config add SOFT /mode quiet",
    "update-gw-default": "config add GW GW1 /name nobody",
}
PHONE = (
    ["all-all-intranet", "staging-all-all", "staging-phone-berlin"],
    ["all-all-intranet", "update-all-berlin", "update-phone-all"],
)
GATEWAY = (
    ["all-all-intranet", "staging-all-all"],
    ["all-all-intranet", "update-all-berlin", "update-gw-berlin"],
)
SOFT_PHONE = (PHONE[0], [*PHONE[1], "update-swphone-intranet"])

TYPES = [
    # type, its phases' snippets, loads firmware, loads boot code
    ("IP232", PHONE, True, True),
    ("IP112", PHONE, True, True),
    ("IP811", GATEWAY, True, True),
    ("IPVA", GATEWAY, True, False),
    ("SWPHONE", SOFT_PHONE, False, False),
    ("MYPBXA", PHONE, True, False),
]


@pytest.fixture
def installation(served: Site) -> Site:
    served.configure(CONFIGURATION)
    for name, command in SNIPPETS.items():
        served.put(f"scripts/{name}.txt", f"# {name}\r\n{command}\r\n")
    for device_type in ("ip232", "ip112", "ip811", "ipva"):
        served.put(f"fw/130986/{device_type}.bin", "firmware")
        served.put(f"fw/130112/boot{device_type.removeprefix('ip')}.bin", "boot code")
    served.put("fw/130986/mypbxa.bin", "firmware")
    return served


def arrive(site: Site, device_type: str) -> tuple[Device, list[PollRecord]]:
    assert site.server
    device = Device(f"{site.server.url}update.php?env=berlin", DeviceIdentity(device_type, "00-90-33-30-00-af"))
    return device, device.run_until_rest(max_polls=20)


def snippet_lines(polls: list[PollRecord], phase: str) -> list[list[str]]:
    """Return the snippets' commands that were run in each poll of a phase, where any were."""
    commands = set(SNIPPETS.values())
    ran = [
        [line for line in poll.executed if line in commands] for poll in polls if poll.arguments.get("phase") == phase
    ]
    return [lines for lines in ran if lines]


@pytest.mark.parametrize(("device_type", "snippets", "loads_firmware", "loads_bootcode"), TYPES)
def test_a_device_comes_to_rest(
    installation: Site,
    device_type: str,
    snippets: tuple[list[str], list[str]],
    loads_firmware: bool,
    loads_bootcode: bool,
) -> None:
    device, polls = arrive(installation, device_type)

    assert device.at_rest
    assert [poll.errors for poll in polls if poll.errors] == []
    staging, update = ([SNIPPETS[name] for name in names] for names in snippets)
    assert snippet_lines(polls, "staging") == [staging]
    assert snippet_lines(polls, "update") == [update]
    assert (device.firmware == "130986", device.bootcode == "130112") == (loads_firmware, loads_bootcode)
    assert device.interval == 30 * 60
    assert device.provision == 0


def test_what_it_did_is_remembered(installation: Site) -> None:
    device, _ = arrive(installation, "IP232")

    state = installation.state()
    kept = state.find("device")
    assert kept is not None
    assert (kept.get("phase"), kept.get("environments"), kept.get("hwid")) == (
        "update",
        "berlin, intranet",
        "IP232-30-00-af",
    )
    assert {state.find(name).get("build") for name in ("firmware", "bootcode")} == {"130986", "130112"}
    assert state.find("queries/admin/info").get("name") == "staged"
    assert state.find("queries/registration/*") is not None
    delivered = {config.get("filename") for config in state.iterfind("config")}
    assert delivered == {f"scripts/{name}.txt" for names in PHONE for name in names}
    newest = installation.read(f"backup/IP232-30-00-af/{installation.names('backup/IP232-30-00-af')[-1]}")
    assert b"config change PHONE SIG" in newest
    assert all(line.encode() in newest for line in device.dump().splitlines() if line.startswith("config change PHONE"))


def test_it_runs_its_scripts_again_only_when_they_changed(installation: Site) -> None:
    device, _ = arrive(installation, "IP232")

    assert snippet_lines([device.poll()], "update") == []
    installation.put("scripts/update-phone-all.txt", "config add PHONE SIG /coder G711A,20,\r\n", age=1000)
    changed = device.poll()
    assert "config add PHONE SIG /coder G711A,20," in changed.executed
    assert device.configuration.option("PHONE SIG", "/coder") == "G711A,20,"
    assert snippet_lines([device.poll()], "update") == []


def test_it_waits_while_snippets_are_edited(installation: Site) -> None:
    installation.put("scripts/staging-all-all.txt", "config add CMD0 /name staged\r\n", age=5)
    assert installation.server
    device = Device(f"{installation.server.url}update.php?env=berlin", DeviceIdentity("IP232", "00-90-33-30-00-af"))
    for _ in range(3):
        device.poll()
    assert device.configuration.option("CMD0", "/name") != "staged"

    installation.age("scripts/staging-all-all.txt", 91)
    device.run_until_rest(max_polls=20)
    assert device.configuration.option("CMD0", "/name") == "staged"


def test_outside_the_allowed_hours_only_staging_runs(installation: Site) -> None:
    installation.configure(CONFIGURATION.replace('polling="5"', 'polling="5" allow="25" forcestaging="true"'))
    device, polls = arrive(installation, "IP232")

    assert device.at_rest
    assert len(snippet_lines(polls, "staging")) == 1
    assert len(snippet_lines(polls, "_first_update")) == 1
    assert snippet_lines(polls, "update") == []
    assert polls[-1].stopped == "times"


def test_a_preview_is_what_the_next_poll_gets(installation: Site) -> None:
    from click.testing import CliRunner  # noqa: PLC0415

    from updateserver.cli import main  # noqa: PLC0415

    device, _ = arrive(installation, "IP232")
    installation.put("scripts/update-phone-all.txt", "config add PHONE SIG /coder G711A,20,\r\n", age=1000)
    assert installation.server
    before = installation.snapshot()
    shown = CliRunner().invoke(
        main,
        [
            "show-script",
            "--root",
            str(installation.root),
            "--sn",
            "00-90-33-30-00-af",
            "--url",
            f"{installation.server.url}update.php",
            "--check",
            device.variables.value("UPDATE/CHECK") or "",
        ],
    )
    assert installation.snapshot() == before
    assert effective(shown.output) == device.poll().effective
