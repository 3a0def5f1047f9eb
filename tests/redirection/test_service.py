"""Devices call the service over real sockets, and do what they are told."""

import time
from collections.abc import Iterator

import pytest

from tests.redirection.calls import call, from_the_box, knows, root_of
from tests.redirection.kit import MAC
from tests.site import REMEMBERING, Site, cgi, served, site
from updateserver.redirection.io.server_certificate import digits, shown_by
from updateserver.redirection.io.sqlite_registry import SqliteRegistry
from updateserver.redirection.registry import Assignment, Customer, Project
from updateserver.virtual.credential import Credential, KeyPool
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority
from updateserver.virtual.identity import identities
from updateserver.web.embedded import EmbeddedServer, Listener
from updateserver.web.embedded.server_certificate import server_context

__all__ = ["served", "site"]

NAMES = ["/init", "/mtls/update/init", "/mtls/update/redirect.py", "/update/redirect.php", "/update/init"]


@pytest.mark.parametrize("name", NAMES)
def test_device_is_redirected_whatever_name_it_calls(served: Site, name: str) -> None:
    knows(served, f'url="{root_of(served)}/update/update.php?env=x" env="berlin"', MAC)
    device = from_the_box(served, name=name)
    device.poll()
    assert device.url.startswith(f"{root_of(served)}{name}?mac=#m&")
    assert device.provision == 5
    poll = device.poll()
    assert poll.errors == []
    assert device.url == f"{root_of(served)}/update/update.php?env=x&env=berlin"
    assert device.shown("CFG") == f"redirected to {device.url}"
    assert device.dhcp_url == ""
    assert device.active.option("UP1", "/no-dhcp") == ""


def test_device_is_handed_over_and_configured(served: Site) -> None:
    served.configure(f'{REMEMBERING}<environments><environment id="berlin"/></environments>')
    served.put("scripts/update-all-berlin.txt", "config add CMD0 /name Lobby\r\n")
    knows(served, f'url="{root_of(served)}/update/update.php" env="berlin"', MAC)
    device = from_the_box(served)
    polls = device.run_until_rest(20)
    assert device.at_rest
    assert device.provision == 0
    assert device.configuration.option("CMD0", "/name") == "Lobby"
    assert "berlin" in polls[-1].arguments["env"]
    assert served.state().find("device").get("environments") == "berlin"  # type: ignore[union-attr]


def test_unknown_device_asks_for_an_hour_and_is_then_left_alone(served: Site) -> None:
    knows(served)
    device = from_the_box(served)
    device.poll()
    device.poll()
    assert "nostdprv=" in device.url
    url = device.url
    assert device.poll().executed == []  # its flash is not written again and again
    assert device.url == url
    knows(served, settings='grace="0"')
    device.poll()
    assert (device.url, device.provision) == ("", 0)
    assert all(device.active.option("UP1", name) is None for name in ("/poll", "/no-dhcp", "/trace"))
    assert device.run_until_rest()[-1].stopped == "no update URL"


def test_device_that_is_entered_within_the_hour_is_redirected(served: Site) -> None:
    knows(served)
    device = from_the_box(served)
    device.poll()
    device.poll()
    knows(served, 'url="http://u.example.com/"', MAC)
    device.poll()
    assert device.url == "http://u.example.com/"


def test_device_of_dhcp_falls_back_to_it(served: Site) -> None:
    knows(served, settings='grace="0"')
    device = from_the_box(served)
    device.poll()
    device.poll()
    device.poll()
    device.dhcp_url = "http://dhcp.example.com/"
    assert device.url == "http://dhcp.example.com/"


def test_old_device_goes_the_whole_chain_of_upgrades(served: Site) -> None:
    served.put("fw/101100/ip232.bin", "firmware")
    served.put("fw/130986/ip232.bin", "firmware")
    served.put("fw/113454/boot232.bin", "boot code")
    base = f"{root_of(served)}/update/fw"
    steps = (
        f'<upgrade from="090000" to="101100" url="{base}/101100/"/>',
        f'<upgrade from="101100" to="130986" url="{base}/130986/"/>',
        f'<upgrade kind="bootcode" types="IP232" to="113454" url="{base}/113454/"/>',
    )
    knows(
        served,
        'url="http://u.example.com/" firmware="130000"',
        MAC,
        settings='bootcode="110000"',
        upgrades="".join(steps),
    )
    device = from_the_box(served, firmware="090800", bootcode="080800")
    ran = []
    while device.url != "http://u.example.com/":
        assert device.poll().errors == []
        ran.append((device.firmware, device.bootcode))
    assert list(dict.fromkeys(ran)) == [
        ("090800", "080800"),
        ("101100", "080800"),
        ("130986", "080800"),
        ("130986", "113454"),
    ]
    assert device.counters["loads"] == 3


def test_device_too_old_turns_polling_off(served: Site) -> None:
    knows(served, 'url="http://u.example.com/" firmware="130000"', MAC)
    device = from_the_box(served, firmware="090800")
    device.poll()
    assert "# firmware 090800 too old - must be at least 130000\r\n" in device.poll().script
    assert device.url == ""


def test_properties_are_kept_by_the_device(served: Site) -> None:
    knows(served, 'name="Köln &amp; Söhne" comment="ckl\'s VM" url="http://u.example.com/a/b.txt" trust="*:"', MAC)
    device = from_the_box(served)
    device.poll()
    device.poll()
    assert device.kept.pop("r-redirected").startswith(str(time.localtime().tm_year))
    assert device.kept == {
        "r-mac": MAC,
        "r-boot": "120000",
        "r-hwid": "300",
        "r-type": "IP232",
        "r-prj-id": "10801",
        "r-prj-name": "Köln & Söhne",
        "r-prj-comment": "ckl's VM",
        "r-cust-name": "Hosting Company",
        "r-cust-id": "1527",
        "r-ip": "127.0.0.1",
        "r-prj-urlroot": "http://u.example.com/a",
    }


def test_fleet_that_starts_at_once_is_redirected(served: Site) -> None:
    devices = [Device(f"{root_of(served)}/init", identity) for identity in identities(50)]
    registry = SqliteRegistry(served.root / "redirection" / "redirection.sqlite")
    registry.create()
    registry.put_project(Project(1, Customer(1), url="http://u.example.com/"))
    registry.assign(Assignment(device.identity.sn, 1) for device in devices)
    for device in devices:
        device.poll()
        device.poll()
    assert {device.url for device in devices} == {"http://u.example.com/"}


def test_nothing_is_redirected_where_nothing_is_set_up(served: Site) -> None:
    device = from_the_box(served)
    assert device.poll().status == 404
    assert device.url.endswith("/init")
    assert served.names("cache") == [] or "redirection-searches.sqlite" not in served.names("cache")


@pytest.mark.parametrize("text", ["<redirection>", "<redirection grace='x'/>"])
def test_broken_data_leaves_devices_as_they_are(served: Site, text: str) -> None:
    served.put("config/redirection.xml", text)
    device = from_the_box(served)
    url = device.url
    assert device.poll().status == 500
    assert device.url == url


def test_broken_project_concerns_its_own_devices_only(served: Site) -> None:
    knows(served, 'url="nowhere"', MAC)
    assert call(served, f"mac={MAC}").status == 500
    assert call(served, "mac=00-90-33-30-00-bf").status == 200


def test_only_questions_are_answered(served: Site) -> None:
    knows(served)
    assert served.put_upload("redirect.py?mac=x", b"x" * 100).status == 405
    assert served.ask("HEAD", "redirect.py", headers={}).body == b""


@pytest.mark.parametrize("query", ["mac=%0d%0areset", "a&" * 200, "type=%00"])
def test_what_no_device_sends_is_refused(served: Site, query: str) -> None:
    knows(served)
    assert call(served, query).status == 400


def test_hostile_host_is_refused(site: Site) -> None:
    knows(site)
    assert cgi(site.root, "", script="redirect.py", HTTP_HOST="x/%0d%0areset").status == 400


def test_by_cgi(site: Site) -> None:
    knows(site, 'url="http://u.example.com/"', MAC)
    answer = cgi(site.root, "", script="redirect.py", SCRIPT_NAME="/init")
    assert "# no device info present - rewriting poll url to http://update.example.com/init?mac=#m" in answer.text
    answer = cgi(site.root, f"mac={MAC.upper()}", script="redirect.py", SCRIPT_NAME="/init")
    assert "config change UP1 /provision 5 /trace /no-dhcp /url http%3A%2F%2Fu.example.com%2F\r\n" in answer.text
    assert answer.body.count(b"\r\n") == answer.body.count(b"\n")


@pytest.fixture(scope="module")
def credential() -> Credential:
    return DeviceAuthority(keys=KeyPool(2)).issue_server("localhost")


@pytest.fixture
def secure(site: Site) -> Iterator[Site]:
    """An installation that is served by HTTP and by HTTPS."""
    listeners = (Listener("127.0.0.1", 0), Listener("127.0.0.1", 0, server_context(site.root)))
    with EmbeddedServer(site.root, listeners=listeners) as server:
        site.server = server
        yield site


def test_device_calls_the_server_that_it_was_told_to_trust(secure: Site) -> None:
    assert secure.server
    https = f"https://127.0.0.1:{secure.server.addresses[1][1]}"
    trust = digits(shown_by(https))
    knows(secure, f'url="{https}/update/update.php"', MAC)
    device = from_the_box(secure, verifies=True)  # type: ignore[arg-type]
    device.poll()
    device.poll()
    assert device.poll().status == 0  # it does not know the server's certificate
    knows(secure, f'url="{https}/update/update.php" trust="{trust}"', MAC)
    device = from_the_box(secure, verifies=True)  # type: ignore[arg-type]
    polls = [device.poll() for _ in range(3)]
    assert device.variables.value("X509/TRUSTED/00099") == trust
    assert polls[-1].status == 200
    assert "/update/update.php?" in polls[-1].url


def test_device_does_not_call_another_server_than_it_trusts(secure: Site, credential: Credential) -> None:
    assert secure.server
    https = f"https://127.0.0.1:{secure.server.addresses[1][1]}"
    knows(secure, f'url="{https}/update/update.php" trust="{digits(credential.chain[0])}"', MAC)
    device = from_the_box(secure, verifies=True)  # type: ignore[arg-type]
    assert [device.poll().status for _ in range(3)] == [200, 200, 0]
