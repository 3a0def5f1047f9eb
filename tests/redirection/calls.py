"""What the service is given to know, and the ways to call it over real sockets."""

import http.client

from tests.redirection.kit import MAC
from tests.site import Answer, Site
from updateserver.virtual.device import Device
from updateserver.virtual.identity import DeviceIdentity

KNOWN = """<redirection {settings}>{upgrades}
<customer id="1527" name="Hosting Company"><project id="10801" {project}>{devices}</project></customer></redirection>"""


def knows(at: Site, project: str = "", *macs: str, settings: str = "", upgrades: str = "") -> None:
    """Write the service's data: one project with these attributes, and its devices."""
    devices = "".join(f'<device sn="{mac}"/>' for mac in macs)
    text = KNOWN.format(settings=settings, upgrades=upgrades, project=project, devices=devices)
    at.put("config/redirection.xml", text)


def root_of(at: Site) -> str:
    assert at.server
    return f"http://127.0.0.1:{at.server.port}"


def from_the_box(at: Site, kind: str = "IP232", name: str = "/init", **facts: str) -> Device:
    return Device(f"{root_of(at)}{name}", DeviceIdentity(kind, MAC), **facts)  # type: ignore[arg-type]


def call(at: Site, query: str, target: str = "/init") -> Answer:
    """Call the service as anybody can."""
    assert at.server
    connection = http.client.HTTPConnection(*at.server.addresses[0])
    try:
        connection.request("GET", f"{target}?{query}")
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()
