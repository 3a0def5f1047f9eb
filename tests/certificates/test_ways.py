"""The ways to a certificate: no click, one command, one upload; and nothing for whoever only says the same name."""

from tests.certificates.kit import (
    HWID,
    POLICY,
    SN,
    configuration,
    done,
    has_its_own,
    journal,
    listed,
    make_phone,
    pem,
    poll_until,
    poll_until_requested,
    run,
    settles,
)
from tests.site import Site
from updateserver.virtual.factory import DeviceAuthority


def test_no_click_where_our_own_ca_signs_by_policy(local: Site) -> None:
    local.configure(configuration(POLICY))
    settles(make_phone(local), "CN=Update Server CA")
    assert journal(local) == [("request", "device"), ("signed", "policy")]
    assert listed(local)[SN]["state"] == "good"


def test_one_command_where_our_own_ca_signs(local: Site) -> None:
    phone = make_phone(local)
    poll_until_requested(phone, local)
    assert listed(local)[SN]["state"] == "waiting for CA"
    assert "signed, good until" in done(local, "sign", SN)
    assert listed(local)[SN]["state"] == "signed"
    settles(phone, "CN=Update Server CA")


def test_one_command_for_all_that_fit(local: Site) -> None:
    phones = [make_phone(local, f"00-90-33-00-01-{number:02}") for number in range(3)]
    for phone in phones:
        poll_until_requested(phone, local)
    assert done(local, "sign", "--all-that-fit").count("signed, good until") == 3
    assert done(local, "sign", "--all-that-fit") == ""


def test_one_upload_where_an_admin_brings_the_certificate(manual: Site, authority: DeviceAuthority) -> None:
    phone = make_phone(manual)
    request = poll_until_requested(phone, manual)
    assert "accepted" in done(manual, "upload", SN, "-", given=pem(authority.sign(request)))
    assert journal(manual) == [("request", "device"), ("uploaded", "command")]
    settles(phone, "CN=My CA")


def test_a_soft_phone_polls_with_mutual_tls_and_another_one_of_its_name_gets_nothing(mutual: Site) -> None:
    phone = make_phone(mutual)
    settles(phone, "CN=Update Server CA")
    assert phone.url.startswith("https://")
    assert f"good certificate(CN='{HWID}')" in " ".join(mutual.log(SN))
    before = mutual.read(f"certs/{SN}-issued.cer")

    stranger = make_phone(mutual)
    for _ in range(12):
        stranger.poll()
    assert has_its_own(stranger)
    assert stranger.configuration.option("CMD0", "/name") is None
    assert mutual.read(f"certs/{SN}-issued.cer") == before
    assert not any(deed == "signed" for deed, _ in journal(mutual)[2:])

    assert "good certificate" in phone.poll().script
    assert listed(mutual)[SN]["state"] == "good"


def test_a_second_request_for_a_waiting_serial_number_is_a_conflict(local: Site) -> None:
    phone, stranger = make_phone(local), make_phone(local)
    poll_until_requested(phone, local)
    poll_until(stranger, lambda: f"{SN}-conflict.json" in local.names("certs"))

    row = listed(local)[SN]
    assert row["state"] == "conflict"
    assert "another request for this serial number" in row["why"][0]
    assert row["why"][0] in done(local, "show", SN)
    assert done(local, "sign", "--all-that-fit") == ""
    assert run(local, "sign", SN).exit_code == 1
    local.configure(configuration(POLICY))
    for _ in range(4):
        stranger.poll()
    assert has_its_own(stranger)
    assert not any(deed == "signed" for deed, _ in journal(local))


def test_the_policy_signs_no_second_key_while_the_first_certificate_is_good(local: Site) -> None:
    local.configure(configuration(POLICY))
    phone = make_phone(local)
    settles(phone, "CN=Update Server CA")
    stranger = make_phone(local)
    poll_until_requested(stranger, local)
    for _ in range(3):
        stranger.poll()
    assert has_its_own(stranger)
    row = listed(local)[SN]
    assert row["state"] == "conflict"
    assert "was given a certificate for another key" in row["why"][0]

    assert "forgotten that it had been given certificate" in done(local, "release", SN)
    settles(stranger, "CN=Update Server CA")  # it was a reset, says the admin
