"""Programs have no certificate of a factory: how they come to one, and to their snippets by mutual TLS."""

import time
from collections.abc import Iterator
from itertools import count

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from tests.certificates.kit import (
    LOCAL,
    MANUAL,
    POLICY,
    configuration,
    der,
    done,
    has_its_own,
    listed,
    pem,
    poll_until,
    poll_until_requested,
    run,
    settles,
)
from tests.servers.trusting import ALL, LONG_AGO, Trusting, authorities, have_configured, trusting
from updateserver.certificates.io import local_ca
from updateserver.virtual.credential import Credential, KeyPool
from updateserver.virtual.device import Device
from updateserver.virtual.factory import BEGIN, self_signed
from updateserver.virtual.identity import DeviceIdentity

TIMES = '<times forcehttps="true" forcetrust="true" httpsport="{port}"/>'
WAYS = {
    "policy": configuration(POLICY, TIMES),
    "command": configuration(LOCAL, TIMES),
    "upload": configuration(MANUAL | {"CAkeys": "companys-*"}, TIMES),
}
ISSUERS = {"policy": "CN=Update Server CA", "command": "CN=Update Server CA", "upload": "CN=My CA"}
SERIALS = count(1)


@pytest.fixture(params=ALL, scope="module")
def at(request: pytest.FixtureRequest) -> Iterator[Trusting]:
    with trusting(request.param, configuration(LOCAL)) as at:
        at.site.put("certs/companys-ca.cer", der(authorities().own.certificate))
        at.site.snippet("config add CMD0 /name settled")
        yield at


@pytest.fixture
def sn() -> str:
    return f"00-90-33-00-{next(SERIALS):02x}-77"


def make_phone(at: Trusting, sn: str) -> Device:
    """A soft phone with a self-signed certificate; each has keys of its own."""
    identity = DeviceIdentity("SWPHONE", sn)
    return Device(f"{at.web.url}update.php", identity, self_signed(identity), keys=KeyPool(1))


def sign(way: str, at: Trusting, phone: Device) -> None:
    """Do what an admin does for a phone."""
    if way == "policy":
        return
    sn, request = phone.identity.sn, poll_until_requested(phone, at.site)
    assert listed(at.site)[sn]["state"] == "waiting for CA"
    if way == "command":
        assert "signed, good until" in done(at.site, "sign", sn)
    else:
        assert "accepted" in done(at.site, "upload", sn, "-", given=pem(authorities().own.sign(request)))


def proves(at: Trusting, phone: Device) -> bool:
    """Tell whether a phone gets its snippets by mutual TLS."""
    script = phone.poll().script
    assert phone.url.startswith(f"{at.web.mtls_url}update.php?")
    has_them = phone.configuration.option("CMD0", "/name") == "settled"
    return has_them and f"good certificate(CN='{phone.identity.hwid}')" in script


def gets_nothing(stranger: Device) -> bool:
    """Tell whether somebody leaves with nothing, however often he polls."""
    for _ in range(12):
        assert "/name settled" not in stranger.poll().script
    return has_its_own(stranger) and stranger.configuration.option("CMD0", "/name") is None


def expired(at: Trusting, phone: Device) -> Credential:
    """Make a phone's certificate as it looks when its time is over."""
    old = phone.x509.credential
    assert old
    certificate = old.chain[0]
    ours = local_ca.load(at.site.root, int(time.time()))
    key = ours.key if certificate.issuer == ours.chain[0].subject else authorities().own._key
    builder = x509.CertificateBuilder(
        certificate.issuer,
        certificate.subject,
        certificate.public_key(),
        x509.random_serial_number(),
        BEGIN,
        LONG_AGO,
        list(certificate.extensions),
    )
    return Credential(old.key, (builder.sign(key, SHA256()), *old.chain[1:]))


@pytest.mark.parametrize("way", WAYS)
def test_a_soft_phone_gets_a_certificate_and_then_its_snippets_by_mutual_tls(at: Trusting, sn: str, way: str) -> None:
    have_configured(at, WAYS[way])
    phone = make_phone(at, sn)
    sign(way, at, phone)
    settles(phone, ISSUERS[way])
    assert not phone.counters["errors"]
    assert proves(at, phone)
    assert listed(at.site)[sn]["state"] == "good"

    assert gets_nothing(make_phone(at, sn))
    assert proves(at, phone)


@pytest.mark.parametrize("way", ["command", "upload"])
def test_a_second_one_with_the_same_serial_number_is_a_conflict_and_gets_nothing(
    at: Trusting, sn: str, way: str
) -> None:
    have_configured(at, WAYS[way])
    phone, stranger = make_phone(at, sn), make_phone(at, sn)
    request = poll_until_requested(phone, at.site)
    poll_until(stranger, lambda: listed(at.site)[sn]["state"] == "conflict")
    assert "another request for this serial number" in listed(at.site)[sn]["why"][0]
    assert "conflict" in done(at.site, "list")
    if way == "command":
        assert "another request for this serial number" in run(at.site, "sign", sn).output
    else:  # the stranger's request lies there now
        given = pem(authorities().own.sign(request))
        assert "its key is not the one of the request" in run(at.site, "upload", sn, "-", given=given).output
    assert gets_nothing(stranger)

    assert "the device makes a new one" in done(at.site, "reject", sn)  # and the stranger's cable is pulled
    poll_until(phone, lambda: request_of(at, sn) not in (None, request))
    sign(way, at, phone)
    settles(phone, ISSUERS[way])
    assert proves(at, phone)
    assert gets_nothing(stranger)
    assert listed(at.site)[sn]["state"] == "good"


def request_of(at: Trusting, sn: str) -> bytes | None:
    name = f"{sn}-request.p10.der"
    return at.site.read(f"certs/{name}") if name in at.site.names("certs") else None


def test_the_policy_signs_for_the_first_one_only(at: Trusting, sn: str) -> None:
    have_configured(at, WAYS["policy"])
    phone, stranger = make_phone(at, sn), make_phone(at, sn)
    poll_until(phone, lambda: not has_its_own(phone))
    poll_until(stranger, lambda: listed(at.site)[sn]["state"] == "conflict")
    assert "was given a certificate for another key" in listed(at.site)[sn]["why"][0]
    assert gets_nothing(stranger)


@pytest.mark.parametrize("way", WAYS)
def test_a_soft_phone_whose_certificate_has_expired_is_brought_back(at: Trusting, sn: str, way: str) -> None:
    have_configured(at, WAYS[way])
    phone = make_phone(at, sn)
    sign(way, at, phone)
    settles(phone, ISSUERS[way])

    phone.equip(expired(at, phone))
    poll = phone.poll()
    assert poll.status == (0 if at.refuses_in_handshake else 200)
    assert "/name settled" not in poll.script
    assert ("which means that it has expired" in poll.script) == (not at.refuses_in_handshake)

    assert "it had shown a certificate" in done(at.site, "release", sn)
    phone.configuration.add("UP1", [("/url", f"{at.web.url}update.php")])
    phone.saved, phone.active = phone.configuration.copy(), phone.configuration.copy()
    sign(way, at, phone)
    settles(phone, ISSUERS[way])
    assert proves(at, phone)
