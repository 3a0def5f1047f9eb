"""Requests are signed by our own CA, rejected and released on the pages."""

import pytest

from tests.admin.conftest import MASTER
from tests.admin.visitor import Visitor, page
from tests.certificates.kit import CA, LOCAL, SN, configuration, init_ca, make_phone, poll_until_requested, settles
from tests.site import Site
from updateserver.virtual.device import Device

DEVICE = f"?mode=device&sn={SN}"


@pytest.fixture
def phone(served: Site) -> Device:
    """A phone whose request waits."""
    served.configure(configuration(LOCAL).replace('<master info=""/>', MASTER))
    served.snippet("config add CMD0 /name settled")
    init_ca(served)
    phone = make_phone(served)
    poll_until_requested(phone, served)
    return phone


def test_our_own_ca_signs(phone: Device, admin: Visitor) -> None:
    assert admin.get(DEVICE).status == 200
    answer = admin.post("?mode=certificate", {"do": "sign", "sn": SN})
    assert answer.status == 303
    assert "Signed: certificate" in admin.get(DEVICE).text
    settles(phone, CA)
    assert CA in page(admin.get(DEVICE)).get_element_by_id("certificates").text_content()
    assert "sign" in admin.get("?mode=audit").text


def test_what_is_signed_is_not_signed_again(phone: Device, admin: Visitor) -> None:
    admin.get(DEVICE)
    admin.post("?mode=certificate", {"do": "sign", "sn": SN})
    admin.get(DEVICE)
    answer = admin.post("?mode=certificate", {"do": "sign", "sn": SN})
    assert answer.status == 409
    assert "signed already" in answer.text
    settles(phone, CA)


@pytest.mark.usefixtures("phone")
def test_a_rejected_request_is_gone(admin: Visitor, served: Site) -> None:
    admin.get(DEVICE)
    assert admin.post("?mode=certificate", {"do": "reject", "sn": SN}).status == 303
    assert "Rejected" in admin.get(DEVICE).text
    assert f"{SN}-request.p10.der" not in served.names("certs")


def test_a_released_device_may_come_with_another_certificate(phone: Device, admin: Visitor, served: Site) -> None:
    admin.get(DEVICE)
    admin.post("?mode=certificate", {"do": "sign", "sn": SN})
    settles(phone, CA)
    assert f"{SN}-issued.cer" in served.names("certs")
    admin.get(DEVICE)
    admin.post("?mode=certificate", {"do": "release", "sn": SN})
    assert "Released" in admin.get(DEVICE).text
    assert f"{SN}-issued.cer" not in served.names("certs")


@pytest.mark.usefixtures("phone")
def test_without_a_usable_ca_the_reason_is_told(admin: Visitor, served: Site) -> None:
    (served.root / "config/ca/key.pem").write_text("damaged")
    admin.get(DEVICE)
    answer = admin.post("?mode=certificate", {"do": "sign", "sn": SN})
    assert answer.status == 409
    assert "Not possible" in answer.text
