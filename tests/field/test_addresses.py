"""Whose call it is, and by which URL: proxies, slashes, blanks, other ways of HTTP."""

import re

import pytest
from werkzeug.test import Client

from tests.certificates.kit import init_ca
from tests.field.field import BACKUP, Field, equip, up1
from tests.site import FOLDER, HWID, SN, poll

FORWARDED = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.7", "HTTP_X_FORWARDED_PROTO": "https"}


def _reports_certificates(field: Field, *, request: bool, **environ: str) -> None:
    inner = "<requests><request/></requests>" if request else ""
    own = (
        '<servercert><certificate subject_cn="x" issuer_cn="self" not_before="01.01.2010-00:00:00" '
        'not_after="31.12.2049-23:59:59"/></servercert>'
    )
    answer = field.put(f"mode=query&sn={SN}&id=certificates", f"<info>{own}{inner}</info>".encode(), **environ)
    assert answer.status == 200


def _signed(field: Field, **environ: str) -> bool:
    """Ask for a certificate in the usual device's name, for a key of one's own; tell whether it is given."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    field.case("01-forwarded-for-signs")
    init_ca(field.site, "--name", "Lab Phones CA")
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HWID)])
    wanted = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    dump = f"X509/REQUEST pb {wanted.public_bytes(serialization.Encoding.DER).hex()}\r\n"
    field.poll(**environ)
    _reports_certificates(field, request=False, **environ)
    assert "servercert-create" in field.poll(**environ).text
    _reports_certificates(field, request=True, **environ)
    field.poll(**environ)
    url = re.findall(r"update\.php\?(mode=vardump\S+X509/REQUEST&\S+)", field.poll(**environ).text)[0]
    assert field.put(url.replace("#m", SN), dump.encode(), **environ).status == 200
    return "REQUESTRESPONSE" in "".join(field.poll(**environ).text for _ in range(2))


@pytest.mark.parametrize("told", ["10.1.2.3", "10.1.2.3, 203.0.113.9", "203.0.113.9, 10.1.2.3", "[::ffff:10.1.2.3]:99"])
def test_01_a_named_address_signs_nothing(field: Field, told: str) -> None:
    assert not _signed(field, HTTP_X_FORWARDED_FOR=told)


def test_01_a_connection_from_the_network_is_signed_for(field: Field) -> None:
    assert _signed(field, REMOTE_ADDR="10.1.2.3")


@pytest.mark.parametrize("first", ["198.51.100.1", "127.0.0.1", "10.0.0.1, 10.0.0.2"])
def test_03_another_first_entry_does_not_let_one_try_again(field: Field, first: str) -> None:
    equip(field.case("03-login-throttle-appended").site)
    from updateserver.web.admin import AdminApplication  # noqa: PLC0415

    client = Client(AdminApplication(field.site.root))

    def tries(told: str) -> int:
        environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": told}
        page = client.get(f"{FOLDER}admin/admin.php?nohttps", environ_overrides=environ).text
        token = re.findall(r'name="token" value="([^"]+)"', page)[0]
        wrong = {"user": "a", "password": "wrong", "token": token}
        url = f"{FOLDER}admin/admin.php?mode=login"
        return client.post(url, data=wrong, environ_overrides=environ).status_code

    assert [tries("203.0.113.9") for _ in range(8)][-1] == 429
    assert tries(f"{first}, 203.0.113.9") == 429


def test_04_a_first_contact_by_a_proxy_that_ends_tls_leads_to_https(field: Field) -> None:
    field.case("04-proxy-ends-tls-first-contact")
    assert up1(field.call("GET", "", **FORWARDED), "url")[0].startswith("https://update.example.com/")


@pytest.mark.parametrize("port", [{}, {"HTTP_X_FORWARDED_PORT": "443"}])
def test_05_forcehttps_is_content_with_a_proxy_that_ends_tls(field: Field, port: dict[str, str]) -> None:
    command = field.case("05-proxy-ends-tls-forcehttps").site.snippet()
    assert command in field.poll(**FORWARDED, **port).lines


def test_05b_the_pages_are_content_with_a_proxy_that_ends_tls(field: Field) -> None:
    equip(field.case("05b-proxy-ends-tls-admin").site)
    from updateserver.web.admin import AdminApplication  # noqa: PLC0415

    answer = Client(AdminApplication(field.site.root)).get(f"{FOLDER}admin/admin.php", environ_overrides=FORWARDED)
    assert answer.status_code in (200, 403)
    assert "password" in answer.text


@pytest.mark.parametrize(
    "target", ["//mtls/update/", "/mtls//update//", "/mtls/update/./", "/./mtls/./update/", "///mtls/update/"]
)
def test_09_slashes_and_dots_lead_to_the_same(listening: Field, target: str) -> None:
    site = listening.case("09-double-slash").site
    command = site.snippet()
    site.put("fw/130178/ip232.bin", "firmware")
    query = poll().partition("?")[2]
    polled = site.exchange(f"GET {target}update.php?{query} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
    fetched = site.exchange(f"GET {target}fw//130178/./ip232.bin HTTP/1.0\r\nHost: x\r\n\r\n".encode())
    assert command in polled.lines
    assert fetched.body == b"firmware"


@pytest.mark.parametrize(
    "added",
    [b"env=home office", b"ver=13r1 IP232[13.5278], Bootcode[135278]", b"x=\xc3\xbc", b"x=\xfc"],
    ids=["blank", "blanks", "utf-8", "latin-1"],
)
def test_10_what_is_not_encoded_in_a_query_is_served(listening: Field, added: bytes) -> None:
    site = listening.case("10-raw-blank-in-query").site
    command = "config add CMD0 /name Office"
    kind = "home office" if added.startswith(b"env") else "default"
    site.configure(
        '<master info=""/><status dir="status"/><environments><environment id="default"/>'
        '<environment id="home office"/></environments>'
    )
    site.put(f"scripts/update-all-{kind}.txt", command)
    sent = f"GET {FOLDER}{poll()}&".encode() + added + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert command in site.exchange(sent).lines


def test_29_an_ipv6_host_is_led_to_https(field: Field) -> None:
    field.case("29-ipv6-forcehttps")
    assert up1(field.poll(HTTP_HOST="[fd00::1]:8080"), "url")[0].startswith("https://[fd00::1]:444/")


def test_30_a_chunked_upload_is_stored(listening: Field) -> None:
    site = listening.case("30-chunked-expect-head").site
    answer = site.put_upload(f"update.php?{BACKUP}", "config change A\r\n", chunked=True)
    assert answer.status == 200
    assert [text.strip() for text in listening.backups()] == ["config change A"]


@pytest.mark.parametrize(
    "sent",
    [
        (
            f"PUT {FOLDER}update.php?{BACKUP} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            "Expect: 100-continue\r\nContent-Length: 17\r\n\r\nconfig change A\r\n"
        ),
        f"HEAD {FOLDER}{poll()} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        f"GET {FOLDER}{poll()} HTTP/1.0\r\n\r\n",
    ],
    ids=["expect", "head", "http-1.0"],
)
def test_30_other_ways_of_http_are_served(listening: Field, sent: str) -> None:
    answer = listening.case("30-chunked-expect-head").site.exchange(sent.encode())
    assert answer.status in (100, 200)
