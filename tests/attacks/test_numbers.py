"""Attempts with numbers and dates that no calendar or memory has, wherever a caller or a damaged file may give one."""

import ctypes
import ctypes.util
from urllib.parse import quote

import pytest

from tests.admin.conftest import equip
from tests.admin.visitor import Visitor
from tests.differences.test_row_22_identity import call
from tests.site import HWID, SN, Site, poll, served, site
from updateserver.trust.verification import found_wrong

__all__ = ["served", "site"]

LONG = "9" * 5000
NUMBERS = [
    LONG,
    f"-{LONG}",
    "1e999",
    "-1",
    "9" * 19,
    "0x7f",
    "NaN",
    "\u0661\u0662",
    "\u00b2",
    "1_0",
    " 7",
    "",
    "[" * 500,
    "true",
]
DATES = [
    "99.99.9999-99:99:99", f"01.01.{LONG}", "31.12.9999-23:59:59", "00.00.0000-00:00:00", "29.02.2023",
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "\u0661.\u0661.\u0662\u0660\u0662\u0666", "P1D", "-1",
    "10000-01-01",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _equipped(request: pytest.FixtureRequest) -> None:
    if "served" in request.fixturenames:
        equip(request.getfixturevalue("site"))


@pytest.fixture
def visitor(served: Site) -> Visitor:
    """An admin, and a device that has called."""
    served.get(poll())
    visitor = Visitor(served)
    visitor.log_in()
    return visitor


@pytest.mark.parametrize(
    "argument",
    ["mode=status&offset", "mode=status&limit", "mode=status&filter", "mode=status&sort", "mode=status&open",
     "mode=export&as=csv&limit", f"mode=backup&sn={SN}&new=0&old", f"mode=backup&sn={SN}&old=0&new", "mode=audit&page",
     "mode=audit&before", f"mode=device&sn={SN}&page", "mode=info&env", "mode=snippets&offset"],
)  # fmt: skip
def test_pages_take_any_number(visitor: Visitor, argument: str) -> None:
    for number in NUMBERS:
        assert visitor.get(f"?{argument}={quote(number)}").status < 500


@pytest.mark.parametrize(
    "name",
    ["backup/{hwid}/{hwid}.{n}.txt", "backup/{n}/{n}.1.txt", "certs/{n}-request.p10.der", "{n}-requesterror", "{n}"],
)  # fmt: skip
def test_downloads_take_any_number(visitor: Visitor, name: str) -> None:
    for number in NUMBERS:
        target = quote(name.format(hwid=HWID, n=number))
        assert visitor.get(f"?mode=ui&cmd=deliverfile&fn={target}").status in (302, 303, 400, 404)
        assert visitor.get(f"?mode=deliverfile&fn={target}").status in (302, 303, 400, 404)


@pytest.mark.parametrize("attribute", ["seen", "skipnext"])
def test_states_may_hold_any_number(visitor: Visitor, site: Site, attribute: str) -> None:
    for number in (*NUMBERS[:5], "99999999999999999"):
        state = (
            f'<state {attribute}="#"><device sn="{SN}" hwid="{HWID}" type="IP232" known="#" backup="#"/>'
            '<queries><admin seen="#"/></queries><config filename="scripts/x.txt" delivered="#" version="#"/>'
            '<firmware requested="#" requested-at="#"/><msgs time="#" msg="x"/></state>'
        )
        site.put(f"status/{SN}.xml", state.replace("#", number), age=0)
        assert call(site, poll().partition("?")[2]).status == 200
        for page in ("status", f"device&sn={SN}", "export&as=csv", "snippets", f"next&sn={SN}"):
            assert visitor.get(f"?mode={page}").status == 200


def test_reported_certificates_may_have_any_dates(visitor: Visitor, site: Site) -> None:
    call(site, poll().partition("?")[2])
    for date in DATES:
        told = f'<certificate subject_cn="x" issuer_cn="My CA" not_before="{date}" not_after="{date}"/>'
        body = f"<info><servercert>{told}</servercert></info>"
        assert call(site, f"mode=query&sn={SN}&id=certificates", body).status == 200
        assert call(site, poll().partition("?")[2]).status == 200
        assert visitor.get(f"?mode=device&sn={SN}").status == 200
        assert visitor.get("?mode=status").status == 200


def of_openssl(number: int) -> str:
    """Return what OpenSSL itself says to a reason, "" where it knows none."""
    library = ctypes.CDLL(ctypes.util.find_library("crypto"))
    told = library.X509_verify_cert_error_string
    told.restype, told.argtypes = ctypes.c_char_p, [ctypes.c_long]
    text: str = told(number).decode()
    return "" if text.startswith("unknown") else text


def test_every_reason_of_openssl_has_words() -> None:
    known = [number for number in range(1, 95) if of_openssl(number)]
    assert len(known) > 80
    for number in known:
        for text in (f"FAILED:reason({number})", f"FAILED:error:{number:08X}:lib(0)::reason({number})"):
            assert found_wrong(text)
            assert "documentation" not in found_wrong(text), of_openssl(number)


@pytest.mark.parametrize(
    ("number", "openssl", "ours"),
    [
        (7, "signature failure", "its signature is not that of the CA"),
        (10, "expired", "expired"),
        (18, "self-signed", "self-signed"),
        (23, "revoked", "revoked"),
        (26, "purpose", "clientAuth"),
        (32, "certificate signing", "keyCertSign"),
        (37, "has CA markings", "the certificate of a CA"),
        (39, "digital signature", "digitalSignature"),
        (47, "subtree", "name"),
        (55, "path loop", "circle"),
        (61, "Suite B", "Suite B"),
        (65, "DANE", "DANE"),
        (68, "digest", "digest"),
        (71, "SCTs", "timestamps"),
        (72, "proxy subject name", "proxy"),
        (74, "OCSP verification failed", "OCSP"),
        (78, "cert info signature", "two kinds of signature"),
        (79, "invalid CA certificate", "not that of a CA"),
        (82, "keyCertSign", "keyCertSign"),
        (84, "Subject name empty", "subject's name is empty"),
        (86, "Subject Key Identifier", "key of its own"),
        (90, "Authority Key Identifier marked critical", "critical"),
        (92, "key usage", "keyUsage"),
        (94, "explicit ECC parameters", "parameters"),
    ],
)
def test_the_words_mean_what_openssl_means(number: int, openssl: str, ours: str) -> None:
    assert openssl in of_openssl(number)
    assert ours in found_wrong(f"FAILED:reason({number})")


@pytest.mark.parametrize(
    "text", ["reason()", "reason(-7)", "reason(7", "reason (7)", "reason(\u0667)", "", "reason(x)"]
)
def test_what_names_no_reason_has_no_words(text: str) -> None:
    assert found_wrong(f"FAILED:{text}") == ""


@pytest.mark.parametrize("number", ["0", "95", "99999", LONG, "00000000000000007"])
def test_a_reason_that_nobody_knows_leads_to_where_it_stands(site: Site, number: str) -> None:
    assert "X509_V_ERR" in found_wrong(f"FAILED:reason({number})")
    told = {"HTTPS": "on", "SSL_CLIENT_VERIFY": f"FAILED:reason({number})", "SSL_CLIENT_S_DN_CN": HWID}
    site.configure(
        '<master info=""/><times forcehttps="true" httpsport="444" forcetrust="true"/><customcerts CAname="x"/>'
    )
    assert call(site, poll().partition("?")[2], **told).status == 200
