"""Row 14: a certificate that the web server hands over is looked at itself."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.differences.test_rows_14_20_21_25_26_trust import FORCED, LIGHTTPD, is_trusted
from tests.site import HWID, SN, Site
from updateserver.virtual.factory import FIRST_AUTHORITY, DeviceAuthority
from updateserver.virtual.identity import DeviceIdentity


def certificate(authority: DeviceAuthority, sn: str = SN) -> str:
    return authority.issue(DeviceIdentity("IP232", sn)).chain[0].public_bytes(Encoding.PEM).decode()


def lighttpd(pem: str, cn: str = HWID) -> dict[str, str]:
    return LIGHTTPD | {"SSL_CLIENT_S_DN_CN": cn, "SSL_CLIENT_VERIFY": "SUCCESS", "SSL_CLIENT_CERT": pem}


@pytest.mark.parametrize("name", [FIRST_AUTHORITY, "innovaphone Device Certification Authority 2"])
def test_one_of_the_factory_is_good(site: Site, name: str) -> None:
    site.configure(FORCED)
    assert is_trusted(site, **lighttpd(certificate(DeviceAuthority(name))))


def test_one_of_another_authority_is_not(site: Site) -> None:
    site.configure(FORCED)
    assert not is_trusted(site, **lighttpd(certificate(DeviceAuthority("Mallory", common_name=True))))


def test_one_of_another_device_is_not(site: Site) -> None:
    site.configure(FORCED)
    other = certificate(DeviceAuthority(), "00-90-33-30-00-b0")
    assert not is_trusted(site, **lighttpd(other))
    assert not is_trusted(site, **lighttpd(other, "IP232-30-00-b0"))


@pytest.mark.parametrize("pem", ["garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "ü"])
def test_garbage_is_not(site: Site, pem: str) -> None:
    site.configure(FORCED)
    assert not is_trusted(site, **lighttpd(pem))
