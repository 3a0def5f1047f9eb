"""Where a request came from: only what a web server verified of this very device counts as verified."""

import io
import json

import pytest

from tests.certificates.kit import CA, HWID, LOCAL, SN, configuration, done, make_phone, poll_until
from tests.certificates.test_requests import ARGUMENTS, ASKED, request, shows_request
from tests.site import Site
from updateserver.web.update import UpdateApplication

FACTORY = "innovaphone Device Certification Authority 2"
VERIFIED = {"HTTPS": "on", "SERVER_PORT": "444", "SSL_CLIENT_VERIFY": "SUCCESS", "SSL_CLIENT_S_DN_CN": HWID,
            "SSL_CLIENT_I_DN": f"CN={CA}"}  # fmt: skip


def origin(site: Site, **variables: str) -> dict[str, str]:
    """Send a request as a web server passes it on, and return what is kept of where it came from."""
    body = f"X509/REQUEST pb {request().hex()}\r\n".encode()
    environ = {
        "REQUEST_METHOD": "PUT",
        "SCRIPT_NAME": "/mtls/update/update.php",
        "QUERY_STRING": ASKED.partition("?")[2],
        "HTTP_HOST": "update.example.com",
        "SERVER_SOFTWARE": "Apache/2.4.62",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "192.0.2.7",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    } | variables
    statuses: list[str] = []
    UpdateApplication(site.root)(environ, lambda status, headers: statuses.append(status))  # noqa: ARG005
    assert statuses == ["200 OK"]
    found: dict[str, str] = json.loads(site.read(f"certs/{ARGUMENTS['sn']}-origin.json"))
    return found


@pytest.fixture
def known(local: Site) -> Site:
    phone = make_phone(local)
    poll_until(phone, lambda: f"{SN}-asked.json" in local.names("certs"))
    shows_request(local)
    return local


def test_a_verified_certificate_of_the_device_counts(known: Site) -> None:
    kept = origin(known, **VERIFIED)
    assert (kept["verified"], kept["is_factory"], kept["address"]) == (HWID, False, "192.0.2.7")
    assert f"verified by certificate (CN={HWID})" in done(known, "show", SN)


def test_so_does_that_of_the_factory(known: Site) -> None:
    kept = origin(known, **VERIFIED | {"SSL_CLIENT_I_DN": f"/C=DE/O=innovaphone/OU={FACTORY}"})
    assert (kept["verified"], kept["is_factory"]) == (HWID, True)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        VERIFIED | {"HTTPS": ""},
        VERIFIED | {"SSL_CLIENT_VERIFY": "NONE"},
        VERIFIED | {"SSL_CLIENT_VERIFY": "FAILED:expired"},
        VERIFIED | {"SSL_CLIENT_VERIFY": ""},
        VERIFIED | {"SSL_CLIENT_S_DN_CN": "SWPHONE-00-00-99"},
        VERIFIED | {"SSL_CLIENT_S_DN_CN": "*.example.com"},
        VERIFIED | {"SSL_CLIENT_I_DN": "CN=Nobody"},
        {"SERVER_SOFTWARE": "lighttpd/1.4.69", "HTTPS": "on", "SSL_CLIENT_S_DN_CN": HWID},
        {"SERVER_SOFTWARE": "lighttpd/1.4.76", "HTTPS": "on", "SSL_CLIENT_S_DN_CN": HWID,
         "SSL_CLIENT_VERIFY": "SUCCESS"},
        {"SERVER_SOFTWARE": "lighttpd/1.4.69", "HTTPS": "on", "SSL_CLIENT_S_DN_CN": HWID,
         "SSL_CLIENT_I_DN": f"CN={CA}"},
    ],
    ids=["none", "no TLS", "not verified", "failed", "not told", "another device's", "wildcard", "another CA's",
         "a lighttpd that tells nothing", "no issuer", "a lighttpd that tells no verification"],
)  # fmt: skip
def test_anything_else_is_a_strangers_word(known: Site, variables: dict[str, str]) -> None:
    known.configure(configuration(LOCAL | {"CAwildcard": "*.example.com"}))
    assert origin(known, **variables)["verified"] == ""
    assert "unverified" in done(known, "show", SN)
