"""How a device asks for a certificate, and what it takes for an answer."""

from xml.etree import ElementTree as ET

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from updateserver.virtual.factory import FIRST_AUTHORITY, DeviceAuthority, self_signed
from updateserver.virtual.identity import DeviceIdentity

QUERY = "mod cmd UP0 scfg SERVER/certificates ser nop /always mod%20cmd%20X509%20xml-info"
CREATE = (
    "mod cmd X509 servercert-create /cmd servercert-create /redirect /target device /type Signing%20request "
    "/key 1024-bit /signature SH256 /dn-cn IP232-30-00-af /dn-ou  /dn-o ACME%20M%FCller /dn-l  /dn-st  /dn-c DE "
    "/san-dns lobby-1.example.com /san-dns  /san-dns  /san-ip 172.16.0.20 /san-ip "
)


@pytest.fixture(scope="module")
def site_ca():
    return DeviceAuthority("My CA", common_name=True)


@pytest.fixture
def asked_phone(server, phone):
    """A phone that was asked for a request, and has made it."""
    server.sends(CREATE, "")
    phone.poll()
    phone.poll()
    return phone


def shown(phone):
    return ET.fromstring(phone.x509.xml(phone.variables))


def request_of(phone):
    return bytes.fromhex(phone.variables.value("X509/REQUEST"))


def response(*certificates):
    encoded = (certificate.public_bytes(Encoding.DER).hex() for certificate in certificates)
    return "\n".join(f"vars create X509/REQUESTRESPONSE/{n:05} pb {der}" for n, der in enumerate(encoded))


def test_a_factory_certificate_names_the_device_and_the_authoritys_unit(server, phone):
    phone.equip(DeviceAuthority().issue(phone.identity))
    server.sends(QUERY)
    phone.poll()
    certificate = ET.fromstring(server.uploads[0].body).find("servercert/certificate")
    assert certificate.attrib == {
        "subject_cn": "IP232-30-00-af",
        "issuer_cn": "innovaphone Device Certification Authority 2",
        "not_before": "01.01.2010-00:00:00",
        "not_after": "31.12.2049-23:59:59",
    }


def test_early_certificates_misspell_the_type(phone):
    phone.equip(DeviceAuthority(FIRST_AUTHORITY).issue(phone.identity, early=True))
    assert shown(phone).find("servercert/certificate").get("subject_cn") == "IP232s-30-00-af"


def test_a_soft_phone_vouches_for_itself(phone):
    phone.equip(self_signed(DeviceIdentity("SWPHONE")))
    certificate = shown(phone).find("servercert/certificate")
    assert certificate.get("subject_cn") == certificate.get("issuer_cn") == "SWPHONE-30-00-af"


def test_a_device_without_certificate_shows_an_empty_chain(phone):
    assert list(shown(phone).find("servercert")) == []


def test_making_a_request_takes_one_poll_in_which_the_device_is_busy(server, phone):
    server.sends(CREATE, QUERY)
    phone.poll()
    phone.poll()
    phone.poll()
    second, third = (ET.fromstring(upload.body) for upload in server.uploads)
    assert second.find("busy") is not None
    assert second.find("requests") is None
    assert third.find("busy") is None
    assert third.find("requests/request") is not None


def test_a_request_has_the_subject_names_and_key_that_were_asked_for(asked_phone):
    request = x509.load_der_x509_csr(request_of(asked_phone))
    assert request.is_signature_valid
    assert request.public_key().key_size == 1024
    assert {part.rfc4514_string() for part in request.subject} == {"CN=IP232-30-00-af", "O=ACME Müller", "C=DE"}
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["lobby-1.example.com"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["172.16.0.20"]


def test_a_request_is_read_as_a_variable(server, asked_phone):
    server.sends("mod cmd UP0 scfg SERVER/dump ser nop /always vars%20read%20X509%2FREQUEST")
    asked_phone.poll()
    assert server.uploads[0].body.decode() == f"X509/REQUEST pb {request_of(asked_phone).hex()}\r\n"


def test_elliptic_keys_can_be_asked_for(server, phone):
    server.sends(CREATE.replace("1024-bit", "P-256"), "")
    phone.poll()
    phone.poll()
    assert x509.load_der_x509_csr(request_of(phone)).public_key().curve.name == "secp256r1"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("Signing%20request", "Any"), ("172.16.0.20", "nowhere"), ("/dn-c DE", "/dn-c Germany")],
)
def test_a_request_that_cannot_be_made_is_an_error(server, phone, right, wrong):
    server.sends(CREATE.replace(right, wrong))
    assert phone.poll().errors
    assert not phone.x509.busy


def test_a_signed_request_becomes_the_devices_certificate(server, asked_phone, site_ca):
    server.sends(response(site_ca.sign(request_of(asked_phone)), site_ca.certificate) + "\niresetn")
    poll = asked_phone.poll()
    assert {"certificate", "reset"} <= set(poll.changed)
    chain = shown(asked_phone).findall("servercert/certificate")
    assert [certificate.get("issuer_cn") for certificate in chain] == ["My CA", "My CA"]
    assert shown(asked_phone).find("requests") is None
    assert "X509" not in asked_phone.dump()


def test_a_certificate_of_another_device_is_an_error(server, asked_phone, site_ca):
    stranger = site_ca.issue(DeviceIdentity("IP111")).chain[0]
    server.sends(response(stranger))
    asked_phone.poll()
    assert shown(asked_phone).find("request-error") is not None
    assert "does not fit" in asked_phone.variables.value("X509/REQUESTERROR")
    assert shown(asked_phone).find("requests/request") is not None
    assert asked_phone.x509.credential is None


def test_what_is_not_a_certificate_is_an_error(server, asked_phone):
    server.sends("vars create X509/REQUESTRESPONSE/00000 pb 3003020105")
    asked_phone.poll()
    assert "X509/REQUESTERROR" in asked_phone.variables


def test_an_answer_that_nobody_asked_for_is_an_error(server, phone, site_ca):
    server.sends(response(site_ca.certificate))
    phone.poll()
    assert "no request" in phone.variables.value("X509/REQUESTERROR")


def test_request_and_error_are_removed_by_scripts(server, asked_phone):
    server.sends("vars del X509/REQUEST \nvars del X509/REQUESTKEY \nvars del X509/REQUESTERROR")
    asked_phone.poll()
    assert shown(asked_phone).find("requests") is None
    assert "X509" not in asked_phone.dump()
