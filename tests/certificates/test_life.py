"""The life of a certificate: listed, renewed, expired, released, replaced."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.certificates.kit import (
    CA,
    HWID,
    LOCAL,
    MANUAL,
    OTHER_SN,
    POLICY,
    SN,
    configuration,
    done,
    journal,
    listed,
    make_phone,
    poll_until,
    poll_until_requested,
    run,
    settles,
    trusting,
)
from tests.site import Site
from updateserver.certificates.io import local_ca
from updateserver.virtual.credential import Credential
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority

ELSEWHERE = POLICY | {"network": "10.0.0.0", "netmask": "255.0.0.0"}


def test_the_list_tells_who_issued_it_when_it_ends_and_when_it_is_renewed(local: Site) -> None:
    local.configure(configuration(POLICY))
    phone = make_phone(local)
    settles(phone, f"CN={CA}")
    row = listed(local)[SN]
    assert (row["subject"], row["issuer"], row["state"]) == (HWID, CA, "good")
    assert row["ends"] - row["renews"] == 90 * 86400
    assert [shown["issuer_cn"] for shown in row["shown"]] == [CA, CA]
    assert listed(local, "--expiring", "700") == {}
    assert list(listed(local, "--expiring", "731")) == [SN]
    table = done(local, "list")
    end = datetime.fromtimestamp(row["ends"], UTC).strftime("%Y-%m-%d")
    assert all(word in table for word in (SN, CA, end, "good", "1 devices, 0 of them wait for an admin"))


def test_the_list_follows_a_device_on_its_way(manual: Site, authority: DeviceAuthority) -> None:
    phone, states = make_phone(manual), list[str]()

    def state() -> str:
        found = listed(manual).get(SN)
        if found and states[-1:] != [found["state"]]:
            states.append(found["state"])
        return states[-1] if states else ""

    poll_until(phone, lambda: state() == "waiting for CA")
    signed = authority.sign(manual.read(f"certs/{SN}-request.p10.der"), end=datetime.now(UTC) + timedelta(days=400))
    done(manual, "upload", SN, "-", given=signed.public_bytes(Encoding.DER))
    poll_until(phone, lambda: state() == "good")
    assert states == [
        "request due",
        "generating request",
        "request pending",
        "waiting for CA",
        "signed",
        "good",
    ]


def test_what_is_stuck_is_listed_with_the_reason(manual: Site, authority: DeviceAuthority) -> None:
    waiting, silent = make_phone(manual), make_phone(manual, OTHER_SN)
    poll_until_requested(waiting, manual)
    request = poll_until_requested(silent, manual)
    done(manual, "upload", OTHER_SN, "-", given=authority.sign(request).public_bytes(Encoding.DER))
    state = manual.read(f"status/{OTHER_SN}.xml")
    seen = manual.state(OTHER_SN).get("seen", "").encode()
    manual.put(f"status/{OTHER_SN}.xml", state.replace(b'seen="' + seen, b'seen="1700000000', 1))
    assert list(listed(manual, "--stuck")) == [SN]
    assert "it has not called since 2023-11-14" in listed(manual)[OTHER_SN]["why"][0]
    assert "waiting for CA since" in done(manual, "list")


def test_request_and_certificates_are_exported(local: Site) -> None:
    assert "there is no such file" in run(local, "export", SN).output
    local.configure(configuration(LOCAL))
    request = poll_until_requested(make_phone(local), local)
    done(local, "sign", SN)
    assert x509.load_pem_x509_csr(done(local, "export", SN).encode()) == x509.load_der_x509_csr(request)
    signed = run(local, "export", SN, "--signed").stdout_bytes
    assert x509.load_der_x509_certificate(signed).subject == x509.load_der_x509_csr(request).subject
    assert run(local, "export", SN, "--device").stdout_bytes == signed


@pytest.mark.parametrize("sn", ["../x", "a/b", ".hidden", ""])
def test_names_that_are_no_serial_numbers_are_refused(local: Site, sn: str) -> None:
    for command in ("show", "sign", "reject", "release", "export"):
        assert run(local, command, sn).exit_code == 2


def test_certificates_that_are_off_are_said_to_be(site: Site) -> None:
    assert "set customcerts/@dir" in run(site, "list").output


def test_the_policy_renews_for_a_device_that_shows_its_certificate_wherever_it_is(mutual: Site) -> None:
    phone = make_phone(mutual)
    settles(phone, f"CN={CA}")
    first = mutual.read(f"certs/{SN}-issued.cer")
    mutual.configure(trusting(mutual, ELSEWHERE | {"renew": "800"}))
    poll_until(phone, lambda: mutual.read(f"certs/{SN}-issued.cer") != first)
    assert "it came with the device's verified certificate (CN=SWPHONE-00-00-77)" in done(mutual, "show", SN)

    mutual.configure(trusting(mutual, ELSEWHERE))
    settles(phone, f"CN={CA}")
    assert journal(mutual) == [("request", "device"), ("signed", "policy")] * 2


def expired(site: Site, phone: Device) -> Credential:
    """Make the phone's certificate as it looks when its time is over."""
    ca, old = local_ca.load(site.root, int(time.time())), phone.x509.credential
    assert old
    certificate = old.chain[0]
    end = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(
        certificate.issuer, certificate.subject, certificate.public_key(), x509.random_serial_number(),
        end - timedelta(days=30), end, list(certificate.extensions),
    )  # fmt: skip
    return Credential(old.key, (builder.sign(ca.key, certificate.signature_hash_algorithm), *old.chain[1:]))


def test_a_device_with_an_expired_certificate_comes_back_by_release_and_the_plain_port(mutual: Site) -> None:
    phone = make_phone(mutual)
    settles(phone, f"CN={CA}")
    mutual.configure(trusting(mutual, ELSEWHERE))
    phone.equip(expired(mutual, phone))
    assert phone.poll().status == 0  # the port does not let it in
    assert mutual.server
    plain = f"{mutual.server.url}update.php"

    phone.active.change("UP1", [("/url", plain)])
    for _ in range(4):
        phone.poll()  # without the certificate that it has shown, it gets nothing at the plain port either
    assert f"{SN}-request.p10.der" not in mutual.names("certs")

    assert "forgotten that it had shown a certificate (CN=SWPHONE-00-00-77" in done(mutual, "release", SN)
    phone.active.change("UP1", [("/url", plain)])
    poll_until_requested(phone, mutual)
    done(mutual, "sign", SN)
    settles(phone, f"CN={CA}")
    assert phone.url.startswith("https:")


def test_a_reset_device_that_was_released_needs_no_further_click(mutual: Site) -> None:
    settles(make_phone(mutual), f"CN={CA}")
    done(mutual, "release", SN)
    settles(make_phone(mutual), f"CN={CA}")  # as new: it has another key
    assert journal(mutual)[-2:] == [("request", "device"), ("signed", "policy")]


def test_many_are_released_at_once(local: Site) -> None:
    local.configure(configuration(POLICY))
    for sn in (SN, OTHER_SN):
        settles(make_phone(local, sn), f"CN={CA}")
    assert run(local, "release", "--all", given=b"n\n").exit_code == 1
    said = done(local, "release", "--all", "--yes")
    assert said.count("forgotten that it had been given certificate") == 2
    assert done(local, "release", SN, OTHER_SN).count("nothing to forget") == 2
    assert journal(local)[-2:] == [("released", "command")] * 2


def test_a_request_without_the_certificate_that_the_device_has_shown_is_a_conflict(mutual: Site) -> None:
    phone = make_phone(mutual)
    settles(phone, f"CN={CA}")
    mutual.configure(configuration(MANUAL | {"CAname": "Another"}))  # without forcetrust, strangers may send requests
    stranger = make_phone(mutual)
    poll_until_requested(stranger, mutual)
    row = listed(mutual)[SN]
    assert row["state"] == "conflict"
    assert "the device has shown a certificate since" in row["why"][0]
