"""A soft phone with a self-signed certificate gets one of the site's own CA."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.site import Site
from updateserver.virtual.credential import KeyPool
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority, self_signed
from updateserver.virtual.identity import DeviceIdentity

SN = "00-90-33-00-00-77"
CONFIGURATION = """
<master info=""/>
<status dir="status"/>
<customcerts dir="certs" CAname="My CA" CSRdn-cn="{hwid}" CSRdn-o="ACME M&#252;ller" CSRsan-dns-1="{name}.example.com"/>
<queries><query id="admin"><applies>*</applies></query><query id="certificates"><applies>*</applies></query></queries>
"""


@pytest.fixture(scope="module")
def authority() -> DeviceAuthority:
    return DeviceAuthority("My CA", common_name=True)


@pytest.fixture
def phone(served: Site, authority: DeviceAuthority) -> Device:
    served.configure(CONFIGURATION)
    served.snippet("config add CMD0 /name settled")
    served.put("certs/CAkey-01.cer", authority.certificate.public_bytes(Encoding.DER))
    assert served.server
    identity = DeviceIdentity("SWPHONE", SN)
    return Device(f"{served.server.url}update.php", identity, self_signed(identity), keys=KeyPool(1))


def poll_until(phone: Device, site: Site, name: str) -> None:
    for _ in range(10):
        phone.poll()
        if name in site.names("certs"):
            return
    raise AssertionError(f"{name} did not arrive: {site.names('certs')}")


def test_it_makes_a_request_with_the_names_that_it_was_asked_for(phone: Device, served: Site) -> None:
    poll_until(phone, served, f"{SN}-request.p10.der")

    request = x509.load_der_x509_csr(served.read(f"certs/{SN}-request.p10.der"))
    assert request.is_signature_valid
    names = {name.oid: name.value for name in request.subject}
    assert names[x509.NameOID.COMMON_NAME] == "SWPHONE-00-00-77"
    assert names[x509.NameOID.ORGANIZATION_NAME] == "ACME Müller"
    assert x509.load_pem_x509_csr(served.read(f"certs/{SN}-request.p10.pem")) == request


def test_it_gets_the_certificate_that_the_ca_made(phone: Device, served: Site, authority: DeviceAuthority) -> None:
    poll_until(phone, served, f"{SN}-request.p10.der")
    signed = authority.sign(served.read(f"certs/{SN}-request.p10.der"))
    served.put(f"certs/{SN}-signedrequest.cer", signed.public_bytes(Encoding.DER))

    phone.run_until_rest(max_polls=20)

    assert phone.at_rest
    assert phone.x509.credential
    assert phone.x509.credential.chain[0] == signed
    assert phone.configuration.option("CMD0", "/name") == "settled"
    kept = [f"{SN}-issued.cer", f"{SN}-origin.json", "CAkey-01.cer", "journal.jsonl"]
    assert served.names("certs") == kept
    assert served.state(SN).find("device").get("certstat") == "OK"


def test_a_wrong_certificate_stops_it_until_an_admin_cleans_up(
    phone: Device, served: Site, authority: DeviceAuthority
) -> None:
    poll_until(phone, served, f"{SN}-request.p10.der")
    stranger = authority.issue(DeviceIdentity("SWPHONE", "00-90-33-00-00-78")).chain[0]
    served.put(f"certs/{SN}-signedrequest.cer", stranger.public_bytes(Encoding.DER))

    for _ in range(4):
        phone.poll()
    assert phone.poll().script.count("certificate processing STOPPED") == 1
    assert "ser" not in phone.poll().effective

    phone.variables.delete("X509/REQUESTERROR")
    for name in ("X509/REQUEST", "X509/REQUESTKEY"):
        phone.variables.delete(name)
    (served.root / f"certs/{SN}-signedrequest.cer").unlink()
    (served.root / f"certs/{SN}-request.p10.der").unlink()
    poll_until(phone, served, f"{SN}-request.p10.der")


def test_a_good_certificate_is_renewed_in_time(phone: Device, served: Site, authority: DeviceAuthority) -> None:
    now = datetime.now(UTC)
    poll_until(phone, served, f"{SN}-request.p10.der")
    request = served.read(f"certs/{SN}-request.p10.der")
    soon = authority.sign(request, end=now.replace(year=now.year + 1, day=1))
    served.put(f"certs/{SN}-signedrequest.cer", soon.public_bytes(Encoding.DER))
    phone.run_until_rest(max_polls=20)
    assert phone.at_rest

    served.configure(CONFIGURATION.replace('CAname="My CA"', 'CAname="My CA" renew="400"'))
    poll_until(phone, served, f"{SN}-request.p10.der")
    assert served.state(SN).find("device").get("certstat").endswith(("renewed", "(ongoing)"))
