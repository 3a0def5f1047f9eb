"""HTTPS and mutual TLS: who a device is trusted to be."""

from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.servers.conftest import Served
from tests.servers.web import tls
from tests.site import poll
from updateserver.virtual.credential import Credential
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority, self_signed
from updateserver.virtual.identity import DeviceIdentity

PHONE = DeviceIdentity()
SNIPPET = "config add CMD0 /name trusted"


@pytest.fixture(autouse=True)
def trust(served: Served) -> None:
    times = f'<times forcehttps="true" httpsport="{served.web.mtls}" forcetrust="true"/>'
    served.site.configure(f'<master info=""/><status dir="status"/>{times}')
    served.site.snippet(SNIPPET)


def script(url: str, credential: Credential | None, folder: Path) -> str:
    with urlopen(url, context=tls(credential, folder)) as answer:
        return answer.read().decode()


def test_call_by_https_is_known_as_such(served: Served, tmp_path: Path) -> None:
    told = script(f"{served.web.https_url}update.php", None, tmp_path)
    assert f"# new url=https://127.0.0.1:{served.web.https}/mtls/update/update.php?" in told


def test_device_on_the_wrong_port_is_sent_to_the_right_one(served: Served, tmp_path: Path) -> None:
    for url in (served.web.url, served.web.https_url):
        told = script(f"{url}{poll()}", None, tmp_path) if url.startswith("https") else fetched(served)
        assert f"# new url=https://127.0.0.1:{served.web.mtls}/update/update.php?" in told
        assert SNIPPET not in told


def fetched(served: Served) -> str:
    return served.web.get(f"/mtls/update/{poll()}").text


def test_device_with_a_good_certificate_is_trusted(served: Served, factory: DeviceAuthority, tmp_path: Path) -> None:
    told = script(f"{served.web.mtls_url}{poll()}", factory.issue(PHONE), tmp_path)
    assert SNIPPET in told
    assert f"good certificate(CN='{PHONE.hwid}')" in told


def test_device_without_a_certificate_is_told_why(served: Served, tmp_path: Path) -> None:
    told = script(f"{served.web.mtls_url}{poll()}", None, tmp_path)
    assert SNIPPET not in told
    assert "SSL_CLIENT_S_DN_CN not present" in told


def test_certificate_of_another_device_is_not_trusted(served: Served, factory: DeviceAuthority, tmp_path: Path) -> None:
    other = factory.issue(DeviceIdentity(sn="00-90-33-30-00-b0"))
    told = script(f"{served.web.mtls_url}{poll()}", other, tmp_path)
    assert SNIPPET not in told
    assert "identifies as" in told


def strangers() -> list[Credential]:
    """Make certificates that name the phone: of a CA of the right name but another key, and of nobody."""
    return [DeviceAuthority().issue(PHONE), self_signed(PHONE)]


def test_certificate_of_a_stranger_is_not_trusted(served: Served, tmp_path: Path) -> None:
    for credential in strangers():
        try:
            told = script(f"{served.web.mtls_url}{poll()}", credential, tmp_path)
        except OSError:  # Apache refuses it in the handshake
            assert served.web.name == "apache"
        else:
            assert served.web.name == "lighttpd"
            assert SNIPPET not in told


def test_port_without_mutual_tls_believes_no_certificate(
    served: Served, factory: DeviceAuthority, tmp_path: Path
) -> None:
    told = script(f"{served.web.https_url}{poll()}", factory.issue(PHONE), tmp_path)
    assert SNIPPET not in told


def test_header_that_looks_like_a_certificate_is_not_believed(served: Served) -> None:
    device = Device(f"{served.web.mtls_url}update.php")
    call = device.network.fetch(f"{served.web.mtls_url}{poll()}&SSL_CLIENT_VERIFY=SUCCESS")
    assert SNIPPET.encode() not in call.body


def test_device_finds_its_way_to_mutual_tls(served: Served, factory: DeviceAuthority) -> None:
    device = Device(f"{served.web.url}update.php", PHONE, factory.issue(PHONE))
    device.run_until_rest()
    assert device.at_rest
    assert not device.counters["errors"]
    assert device.url.startswith(f"https://127.0.0.1:{served.web.mtls}/update/update.php?")
    assert device.configuration.option("CMD0", "/name") == "trusted"
