"""From the box over the redirection service to mutual TLS, behind each web server as the examples configure it."""

import http.client
from collections.abc import Iterator

import pytest

from tests.certificates.kit import LOCAL, configuration
from tests.redirection.calls import knows
from tests.servers.trusting import ALL, Trusting, authorities, have_configured, trusting
from updateserver.redirection.io.server_certificate import digits, shown_by
from updateserver.virtual.device import Device
from updateserver.virtual.identity import DeviceIdentity

SN = "00-90-33-77-00-01"
OURS = """<times forcehttps="true" forcetrust="true" httpsport="{port}"/>
<environments><environment id="berlin"/></environments>"""
NAMES = ["init", "mtls/update/init", "update/init", "mtls/update/redirect.php", "update/redirect.py"]


@pytest.fixture(params=ALL, scope="module")
def at(request: pytest.FixtureRequest) -> Iterator[Trusting]:
    with trusting(request.param, configuration(LOCAL)) as at:
        have_configured(at, f'<master info=""/><status dir="status"/>{OURS}')
        at.site.put("scripts/update-all-berlin.txt", "config add CMD0 /name Lobby\r\n")
        yield at


def get(at: Trusting, target: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", at.web.http, timeout=60)
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("name", NAMES)
def test_device_keeps_the_name_that_it_calls(at: Trusting, name: str) -> None:
    knows(at.site)
    status, script = get(at, f"/{name}")
    assert status == 200
    url = f"http://127.0.0.1:{at.web.http}/{name}?mac=#m"
    assert script.splitlines()[1].startswith(f"# no device info present - rewriting poll url to {url}")


@pytest.mark.parametrize("name", ["/init/", "/init/more", "/initx", "/mtls/init", "/redirect.py", "/update/init.php"])
def test_other_names_are_nobody(at: Trusting, name: str) -> None:
    knows(at.site)
    assert get(at, name)[0] in {400, 403, 404}


def test_data_cannot_be_fetched(at: Trusting) -> None:
    knows(at.site)
    at.site.put("redirection/redirection.sqlite.old", "<state>not to be seen</state>")
    for name in ("config/redirection.xml", "redirection/redirection.sqlite.old", "redirection/"):
        assert get(at, f"/mtls/update/{name}")[0] in {400, 403, 404}


def test_device_comes_from_its_box_to_mutual_tls(at: Trusting) -> None:
    trust = digits(shown_by(at.web.https_url))
    knows(at.site, f'url="{at.web.https_url}update.php" env="berlin" trust="type:{trust}"', SN)
    identity = DeviceIdentity("IP232", SN)
    credential = authorities().second.issue(identity)
    device = Device(f"http://127.0.0.1:{at.web.http}/init", identity, credential, verifies=True)
    polls = device.run_until_rest(20)
    assert device.at_rest
    assert [poll.errors for poll in polls if poll.errors] == []
    called = list(dict.fromkeys(poll.url.partition("?")[0] for poll in polls))
    assert called == [
        f"http://127.0.0.1:{at.web.http}/init",
        f"{at.web.https_url}update.php",
        f"{at.web.mtls_url}update.php",
    ]
    assert device.configuration.option("CMD0", "/name") == "Lobby"
    assert device.shown("CFG") == f"redirected to {at.web.https_url}update.php?env=berlin"
    assert device.kept == {"r-type": "IP232"}
    assert device.provision == 0


def test_service_answers_by_https(at: Trusting) -> None:
    knows(at.site, 'url="https://u.example.com/"', SN)
    device = Device(f"https://127.0.0.1:{at.web.https}/init", DeviceIdentity("IP232", SN))
    device.poll()
    assert device.url.startswith(f"https://127.0.0.1:{at.web.https}/init?mac=#m")
    device.poll()
    assert device.url == "https://u.example.com/"


def test_project_may_name_the_update_server_beside_it(at: Trusting) -> None:
    knows(at.site, 'url="here" env="berlin"', SN)
    for name in ("init", "mtls/update/init", "mtls/update/redirect.php"):
        _, script = get(at, f"/{name}?mac={SN}")
        own = f"http://127.0.0.1:{at.web.http}/mtls/update/update.php?env=berlin"
        assert f"# redirected to {own}" in script
