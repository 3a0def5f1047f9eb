"""Certificates that admins bring: in which forms they are taken, and each mistake told as what it is."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from tests.certificates.kit import (
    MANUAL,
    SN,
    configuration,
    der,
    done,
    journal,
    listed,
    make_phone,
    pem,
    poll_until,
    poll_until_requested,
    run,
)
from tests.certificates.wrong_files import DAY, WEAK_KEY, WRONG, Ca, Make, key_of
from tests.site import Site
from updateserver.virtual.device import Device
from updateserver.web.embedded import EmbeddedServer


@pytest.fixture(scope="module")
def ca() -> Ca:
    return Ca.named("My CA")


@pytest.fixture
def asked(manual: Site, ca: Ca) -> tuple[Site, Device, x509.CertificateSigningRequest]:
    """An installation with the request of a phone that waits for the CA."""
    manual.put("certs/CAkey-01.cer", der(ca.certificate))
    phone = make_phone(manual)
    request = x509.load_der_x509_csr(poll_until_requested(phone, manual))
    return manual, phone, request


Asked = tuple[Site, Device, x509.CertificateSigningRequest]


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory, ca: Ca) -> tuple[Site, x509.CertificateSigningRequest]:
    """The same, once for all the files that change nothing."""
    site = Site(tmp_path_factory.mktemp("waiting") / "installation")
    site.configure(configuration(MANUAL))
    site.put("certs/CAkey-01.cer", der(ca.certificate))
    with EmbeddedServer(site.root) as server:
        site.server = server
        return site, x509.load_der_x509_csr(poll_until_requested(make_phone(site), site))


@pytest.mark.parametrize(("make", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_refused_for_what_it_is_and_nothing_is_written(
    waiting: tuple[Site, x509.CertificateSigningRequest], ca: Ca, make: Make, told: str
) -> None:
    site, request = waiting
    before = site.snapshot()
    result = run(site, "upload", SN, "-", given=make(ca, request))
    assert result.exit_code == 1
    assert told in result.output
    assert site.snapshot() == before


def test_a_file_with_several_mistakes_is_told_all_of_them(
    waiting: tuple[Site, x509.CertificateSigningRequest], ca: Ca
) -> None:
    site, _ = waiting
    result = run(site, "upload", SN, "-", given=der(ca.make(WEAK_KEY.public_key(), cn="x", begin=-400 * DAY)))
    assert result.output.count("\n  ") == 4


FORMS = {
    "DER": lambda _, leaf: der(leaf),
    "PEM": lambda _, leaf: pem(leaf),
    "PEM with chain": lambda ca, leaf: pem(leaf) + pem(ca.certificate),
    "PEM, chain first": lambda ca, leaf: pem(ca.certificate) + pem(leaf),
    "PEM with text": lambda _, leaf: b"Subject: somebody\r\n\r\n" + pem(leaf).replace(b"\n", b"\r\n"),
    "PKCS#7 DER": lambda ca, leaf: pkcs7.serialize_certificates([ca.certificate, leaf], Encoding.DER),
    "PKCS#7 PEM": lambda ca, leaf: pkcs7.serialize_certificates([leaf, ca.certificate], Encoding.PEM),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_certificate_is_taken(asked: Asked, ca: Ca, form: str) -> None:
    site, _, request = asked
    leaf = ca.make(key_of(request))
    done(site, "upload", SN, "-", given=FORMS[form](ca, leaf))
    assert site.read(f"certs/{SN}-signedrequest.cer") == der(leaf)
    assert done(site, "show", SN).count("uploaded by command") == 1


def test_what_is_odd_is_told_with_the_answer(asked: Asked, ca: Ca) -> None:
    site, _, request = asked
    assert "within the 90 days" in done(site, "upload", SN, "-", given=der(ca.make(key_of(request), days=30)))
    (site.root / "certs" / "CAkey-01.cer").unlink()
    assert "there is no file CAkey*" in done(site, "upload", SN, "-", given=der(ca.make(key_of(request))))


def test_a_certificate_whose_ca_has_no_file_here_is_refused(asked: Asked, ca: Ca) -> None:
    site, _, request = asked
    site.put("certs/CAkey-01.cer", der(Ca.named("Root").certificate))
    result = run(site, "upload", SN, "-", given=der(ca.make(key_of(request))))
    assert "no file CAkey* contains the certificate of its issuer 'CN=My CA'" in result.output


def test_without_a_request_there_is_nothing_to_upload_for(manual: Site, ca: Ca) -> None:
    assert "there is no request" in run(manual, "upload", SN, "-", given=der(ca.certificate)).output


def test_a_wrong_file_that_was_put_in_by_hand_goes_to_the_device_and_the_list_says_so(asked: Asked, ca: Ca) -> None:
    site, phone, _ = asked
    site.put(f"certs/{SN}-signedrequest.cer", WRONG["wrong key"][0](ca, _))
    row = listed(site, "--stuck")[SN]
    assert row["state"] == "wrong file"
    assert "its key is not the one of the request" in row["why"][0]

    poll_until(phone, lambda: listed(site)[SN]["state"] == "error")
    assert "its key is not the one of the request" in listed(site)[SN]["why"][1]
    assert "STOPPED" in phone.poll().script

    done(site, "reject", SN)
    assert listed(site)[SN]["state"] == "rejected"
    request = x509.load_der_x509_csr(poll_until_requested(phone, site))
    assert "X509/REQUESTERROR" not in phone.variables
    done(site, "upload", SN, "-", given=der(ca.make(key_of(request))))
    poll_until(phone, lambda: listed(site)[SN]["state"] == "good")
    assert ("rejected", "command") in journal(site)
