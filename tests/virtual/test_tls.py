"""HTTPS: whom the device trusts, and what it shows of itself."""

import ssl
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority

from .scripted import serving


@pytest.fixture(scope="module")
def factory():
    return DeviceAuthority()


@pytest.fixture(scope="module")
def authority_file(factory, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_bytes(factory.certificate.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def mutual(factory, authority_file, tmp_path):
    """A server that takes only clients whose certificate the factory made."""

    @contextmanager
    def start(host="localhost"):
        pem = tmp_path / "server.pem"
        pem.write_bytes(factory.issue_server(host).pem())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        context.load_verify_locations(authority_file)
        context.verify_mode = ssl.CERT_REQUIRED
        with serving(context) as server:
            server.url = server.url.replace("127.0.0.1", "localhost")
            yield server

    return start


def test_a_device_shows_its_factory_certificate(mutual, factory):
    with mutual() as server:
        phone = Device(server.url)
        phone.equip(factory.issue(phone.identity))
        assert phone.poll().status == 200
        assert ((("commonName", "IP232-30-00-af"),)) in server.requests[0].certificate["subject"]


def test_a_device_without_certificate_is_refused(mutual):
    with mutual() as server:
        assert Device(server.url).poll().stopped.startswith("no answer")


def test_a_device_shows_the_certificate_that_it_obtained(mutual, factory, keys):
    with mutual() as server:
        phone = Device(server.url, credential=factory.issue(Device("").identity), keys=keys)
        server.sends("mod cmd X509 servercert-create /type Signing+request /key P-256 /dn-cn new", "")
        phone.poll()
        phone.poll()
        signed = factory.sign(bytes.fromhex(phone.variables.value("X509/REQUEST")))
        server.sends(f"vars create X509/REQUESTRESPONSE/00000 pb {signed.public_bytes(Encoding.DER).hex()}", "")
        phone.poll()
        phone.poll()
        assert server.requests[-1].certificate["subject"] == ((("commonName", "new"),),)


def test_servers_are_verified_if_wanted(mutual, factory, authority_file):
    with mutual() as server:
        phone = Device(server.url)
        phone.equip(factory.issue(phone.identity))
        phone.network.server_ca = authority_file
        assert phone.poll().status == 200


def test_a_server_with_another_name_is_not_trusted(mutual, factory, authority_file):
    with mutual("elsewhere.example.com") as server:
        phone = Device(server.url)
        phone.equip(factory.issue(phone.identity))
        phone.network.server_ca = authority_file
        assert "CERTIFICATE_VERIFY_FAILED" in phone.poll().stopped
