"""Attempts at the web servers' doors: headers that only the server may say, links, other names for a script's URL.

Each is tried before lighttpd, Apache and the embedded server, as the examples configure them.
"""

import http.client
from collections.abc import Callable, Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from tests.certificates.kit import LOCAL, configuration
from tests.servers.trusting import ALL, Trusting, authorities, have_configured, trusting
from tests.site import HWID, SN, poll
from updateserver.virtual.credential import Credential, new_key
from updateserver.virtual.factory import BEGIN, END
from updateserver.web.migrate import MigrateApplication

OF_DEVICE = "config add CMD0 /name secret"
CONFIGURATION = (
    '<master info=""/><status dir="status"/><backup dir="backup"/><customcerts CAname="My CA"/>'
    '<times forcehttps="true" httpsport="{port}" forcetrust="true"/>'
)
FORGED = {
    "HTTPS": "on",
    "SERVER_PORT": "444",
    "REMOTE_ADDR": "10.0.0.5",
    "SSL_CLIENT_VERIFY": "SUCCESS",
    "SSL_CLIENT_S_DN_CN": HWID,
    "SSL_CLIENT_I_DN": "CN=My CA",
    "SSL_CLIENT_I_DN_CN": "My CA",
    "REMOTE_USER": "chief",
}
WAYS: list[Callable[[str], str]] = [
    lambda name: name,
    lambda name: name.replace("_", "-"),
    lambda name: f"HTTP_{name}",
    lambda name: f"REDIRECT_{name}",
    lambda name: f"X-{name.replace('_', '-')}",
    str.lower,
]


@pytest.fixture(params=ALL, scope="module")
def at(request: pytest.FixtureRequest) -> Iterator[Trusting]:
    """An installation that believes certificates only."""
    with trusting(request.param, configuration(LOCAL)) as at:
        have_configured(at, CONFIGURATION)
        at.site.snippet(OF_DEVICE)
        yield at


def asked(
    at: Trusting, headers: dict[str, str], target: str = f"/mtls/update/{poll()}", method: str = "GET"
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", at.web.http, timeout=60)
    try:
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


@pytest.mark.parametrize("way", WAYS)
def test_no_header_stands_for_a_certificate(at: Trusting, way: Callable[[str], str]) -> None:
    status, text = asked(at, {way(name): value for name, value in FORGED.items()})
    assert OF_DEVICE not in text
    assert status == 400 or "NOT using HTTPS" in text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "444"},
        {"Forwarded": "for=127.0.0.1;proto=https;host=evil"},
        {"X-Forwarded-Ssl": "on", "Front-End-Https": "on", "X-Url-Scheme": "https", "X-Scheme": "https"},
        {"X_Forwarded_Proto": "https", "x_forwarded_port": "444"},
        {"X-Client-Cert": "x", "X-SSL-Client-Verify": "SUCCESS", "X-SSL-CERT": "x", "X-Forwarded-Client-Cert": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_who_is_no_named_proxy_does_not_say_what_https_is(at: Trusting, headers: dict[str, str]) -> None:
    _, text = asked(at, headers)
    assert OF_DEVICE not in text
    assert "NOT using HTTPS" in text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Original-URL": "/mtls/update/config.xml", "X-Rewrite-URL": "/mtls/update/config.xml"},
        {"X-HTTP-Method-Override": "PUT", "X-HTTP-Method": "PUT", "X-Method-Override": "PUT"},
        {
            "X-Forwarded-Host": "evil.example.com",
            "X-Host": "evil.example.com",
            "X-Forwarded-Server": "evil.example.com",
        },
        {"X-Forwarded-Prefix": "/evil", "X-Script-Name": "/evil", "Script-Name": "/evil", "Path-Info": "/evil"},
        {"Proxy": "http://evil.example.com/", "HTTP-PROXY": "http://evil.example.com/"},
        {"X-Sendfile": "/etc/passwd", "X-Accel-Redirect": "/etc/passwd", "Status": "200 evil"},
    ],
    ids=str,
)
def test_other_headers_lead_nowhere(at: Trusting, headers: dict[str, str]) -> None:
    status, text = asked(at, headers)
    assert status == 200
    assert "evil" not in text
    assert "root:" not in text
    assert "<config" not in text


OTHER = "IP232-11-11-11"
KINDS = x509.NameOID
SUBJECTS = {
    "the other's name first": [(KINDS.COMMON_NAME, OTHER), (KINDS.COMMON_NAME, HWID)],
    "a comma in O": [(KINDS.COMMON_NAME, OTHER), (KINDS.ORGANIZATION_NAME, f"x,CN={HWID}")],
    "a slash in O": [(KINDS.ORGANIZATION_NAME, f"x/CN={HWID}"), (KINDS.COMMON_NAME, OTHER)],
    "a plus in O": [(KINDS.ORGANIZATION_NAME, f"x+CN={HWID}"), (KINDS.COMMON_NAME, OTHER)],
    "a line break in O": [(KINDS.ORGANIZATION_NAME, f"x\nCN={HWID}"), (KINDS.COMMON_NAME, OTHER)],
    "another attribute": [(KINDS.COMMON_NAME, OTHER), (KINDS.USER_ID, HWID), (KINDS.SERIAL_NUMBER, SN)],
    "no CN": [(KINDS.ORGANIZATION_NAME, HWID)],
    "NUL": [(KINDS.COMMON_NAME, f"{HWID}\0.example.com")],
    "a line break": [(KINDS.COMMON_NAME, f"{HWID}\n")],
    "a blank": [(KINDS.COMMON_NAME, f"{HWID} ")],
    "other letters": [(KINDS.COMMON_NAME, HWID.replace("I", "\u0406"))],
    "more of it": [(KINDS.COMMON_NAME, f"{HWID}.example.com")],
}


def shown(subject: list[tuple[x509.ObjectIdentifier, str]]) -> Credential:
    """Make a certificate of an accepted CA."""
    key = new_key("P-256")
    name = x509.Name([x509.NameAttribute(kind, text) for kind, text in subject])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, SHA256())
    return Credential(key, (authorities().own.sign(request.public_bytes(Encoding.DER), BEGIN, END),))


def by_certificate(at: Trusting, credential: Credential) -> str:
    answer = at.call(f"{at.web.mtls_url}{poll()}", credential)
    return answer.text if answer else ""


def test_the_devices_own_certificate_gets_its_snippets(at: Trusting) -> None:
    assert OF_DEVICE in by_certificate(at, shown([(KINDS.COMMON_NAME, HWID)]))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_other_subject_does(at: Trusting, subject: str) -> None:
    assert OF_DEVICE not in by_certificate(at, shown(SUBJECTS[subject]))


METHODS = ["DELETE", "CONNECT", "PROPFIND", "OPTIONS", "PATCH", "MOVE", "PUT", "POST"]


@pytest.mark.parametrize("name", ["fw/13r1/boot232.bin", "web/style.css", "fw/new.bin", "config.xml", "scripts/x.txt"])
def test_no_method_changes_a_file(at: Trusting, name: str) -> None:
    before = at.kept(), at.site.read("fw/13r1/boot232.bin")
    for method in METHODS:
        status, text = asked(
            at, {"Content-Length": "0", "Destination": "/mtls/update/fw/x"}, f"/mtls/update/{name}", method
        )
        assert status >= 300 or method == "OPTIONS" or "boot" in text or "body" in text
    assert (at.kept(), at.site.read("fw/13r1/boot232.bin")) == before


def test_a_link_in_a_served_folder_leads_where_an_admin_wants(at: Trusting) -> None:
    """Links are followed: docs/security.md says so, as only admins write there."""
    outside = at.site.root.parent / "store.bin"
    outside.write_text("firmware of elsewhere")
    for folder in ("fw", "web"):
        link = at.site.root / folder / "link.bin"
        link.unlink(missing_ok=True)
        link.symlink_to(outside)
        assert asked(at, {}, f"/mtls/update/{folder}/link.bin") == (200, "firmware of elsewhere")


@pytest.mark.parametrize("folder", ["status", "backup", "certs", "cache", "debug", "audit", "config", "scripts", "run"])
def test_a_link_in_another_folder_leads_nowhere(at: Trusting, folder: str) -> None:
    (at.site.root / folder).mkdir(exist_ok=True)
    link = at.site.root / folder / "link.bin"
    link.unlink(missing_ok=True)
    link.symlink_to(at.site.root / "fw" / "13r1" / "boot232.bin")
    for prefix in ("/mtls/update/", "/update/", "//mtls//update/", "/mtls/update/fw/../"):
        status, text = asked(at, {}, f"{prefix}{folder}/link.bin")
        assert status >= 400
        assert "boot" not in text
    link.unlink()


def test_a_device_makes_no_link(at: Trusting) -> None:
    for hwid in ("../web/x", "..%2fweb%2fx", "web", "fw"):
        asked(at, {}, f"/mtls/update/update.php?mode=backup&hwid={hwid}&sn={SN}", "PUT")
    assert at.site.names("web") == sorted(
        {"style.css", ".hidden", *(["link.bin"] if (at.site.root / "web/link.bin").exists() else [])}
    )


@pytest.mark.parametrize("script", ["//evil.example.com/update-migrate.php", "///evil.example.com//update-migrate.php"])
def test_a_redirect_leads_to_no_other_server(script: str) -> None:
    told: list[list[tuple[str, str]]] = []
    list(MigrateApplication()({"SCRIPT_NAME": script}, lambda _, headers: told.append(headers)))
    assert dict(told[0])["Location"].startswith("/evil.example.com/")
