"""A site with everything that makes devices poll again and again, and what must be true once its fleet is at rest."""

import re

from lxml import etree

from tests.servers.conftest import FIRMWARE, Served
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority
from updateserver.virtual.fleet import Report, make_fleet

TYPES = ("IP232", "IP222", "IP111", "IP112", "IP811", "IP0011")
CONFIGURATION = f"""
<master info="none" firmware="{FIRMWARE}" bootcode="{FIRMWARE}"/>
<status dir="status"/>
<backup dir="backup"/>
<phases><phase id="staging" seq="100"/></phases>
<queries><query id="admin"><applies>*</applies></query><query id="certificates"><applies>*</applies></query></queries>
"""
_NAME = re.compile(r"([A-Z0-9]+(?:-[0-9a-f]{2}){3})\.\d+\.txt")


def arrange(served: Served, *, trusted: bool = False) -> None:
    """Configure two phases, two queries, backups and a change of firmware; `trusted` devices only, if wanted."""
    times = f'<times forcehttps="true" httpsport="{served.web.mtls}" forcetrust="true"/>' if trusted else ""
    served.site.configure(CONFIGURATION + times)
    served.site.put("scripts/staging-all-default.txt", "config add CMD0 /name staged\r\n")
    served.site.put("scripts/update-all-default.txt", "config add CMD0 /site settled\r\n")
    for kind in TYPES:
        served.site.put(f"scripts/update-{kind.lower()}-default.txt", f"config add CMD0 /kind {kind}\r\n")


def fleet(served: Served, count: int, authority: DeviceAuthority | None = None) -> list[Device]:
    return make_fleet(f"{served.web.url}update.php", count, TYPES, authority=authority)


def assert_settled(served: Served, report: Report) -> None:
    """Each device went through both phases and has its firmware, and all that is stored about it can be read."""
    assert not report.restless
    for outcome in report.outcomes:
        device = outcome.device
        assert device.firmware == device.bootcode == FIRMWARE
        options = [device.configuration.option("CMD0", name) for name in ("/name", "/site", "/kind")]
        assert options == ["staged", "settled", device.identity.type]
        assert_known(served, device)


def assert_known(served: Served, device: Device) -> None:
    state = served.site.state(device.identity.sn)
    assert state.get("phase") == "update"
    described = state.find("device")
    assert described is not None
    assert described.get("hwid") == device.identity.hwid
    assert [element.get("build") for element in (state.find("firmware"), state.find("bootcode"))] == [FIRMWARE] * 2
    delivered = {config.get("filename", "").rpartition("/")[2] for config in state.iterfind("config")}
    kind = device.identity.type.lower()
    assert {"staging-all-default.txt", "update-all-default.txt", f"update-{kind}-default.txt"} <= delivered
    assert {query.tag for query in state.iterfind("queries/*")} == {"admin", "certificates"}
    folder = f"backup/{device.identity.hwid}"
    stored = [served.site.read(f"{folder}/{name}").decode() for name in served.site.names(folder) if _NAME.match(name)]
    # The newest is the whole configuration as the device last sent it, but for lines that always change.
    assert any("config change CMD0 /name staged /site settled" in backup for backup in stored)
    assert all("config change ETH0 " in backup for backup in stored)


def assert_nothing_torn(served: Served) -> None:
    """No state was put aside as unreadable, and each file can be read to its end."""
    for name in served.site.names("status"):
        assert "unreadable" not in name
        if name.endswith(".xml"):
            etree.fromstring(served.site.read(f"status/{name}"))
