"""By which address a device called: whatever web servers tell of host, port, scheme and script."""

import pytest

from tests.site import Site, cgi, poll, site
from updateserver.base.refusal import Refusal
from updateserver.configuration.io.files import ConfigurationFiles
from updateserver.trust.call import Call
from updateserver.web.call import call_of

__all__ = ["site"]
NAMED = {"SERVER_NAME": "update.example.com", "SERVER_ADDR": "192.0.2.1", "SERVER_PORT": "80"}
SCRIPT = {"SCRIPT_NAME": "/mtls/update/update.php"}


def called(site: Site, **variables: str | None) -> Call:
    """Return the call that these variables make; None leaves one out."""
    told: dict[str, str | None] = {**NAMED, **SCRIPT, "REMOTE_ADDR": "192.0.2.7", **variables}
    environ = {name: value for name, value in told.items() if value is not None}
    return call_of(environ, ConfigurationFiles(site.root).current())


@pytest.mark.parametrize(
    ("host", "written"),
    [
        ("update.example.com", "update.example.com"),
        ("Update.Example.COM:8080", "Update.Example.COM:8080"),
        ("update.example.com.", "update.example.com."),
        ("update.example.com:", "update.example.com"),
        ("192.0.2.1:8080", "192.0.2.1:8080"),
        ("[fd00::1]", "[fd00::1]"),
        ("[fd00::1]:8080", "[fd00::1]:8080"),
        ("[fd00::1]:", "[fd00::1]"),
        ("fd00::1", "[fd00::1]"),
        ("::ffff:192.0.2.1", "[::ffff:c000:201]"),
    ],
)
def test_the_host_is_the_one_that_the_device_called(site: Site, host: str, written: str) -> None:
    call = called(site, HTTP_HOST=host)
    assert call.base == f"http://{written}/mtls/update/"


@pytest.mark.parametrize("host", ["fe80::1%eth0", "[fe80::1%25eth0]", "fd00::1]:80", "[fd00::1", "fd00:::1", "a:b", ""])
def test_what_is_no_host_is_refused(site: Site, host: str) -> None:
    with pytest.raises(Refusal):
        called(site, HTTP_HOST=host)


@pytest.mark.parametrize(
    ("variables", "host"),
    [
        ({}, "update.example.com"),
        ({"SERVER_PORT": "8080"}, "update.example.com:8080"),
        ({"SERVER_PORT": None}, "update.example.com"),
        ({"SERVER_PORT": "x"}, "update.example.com"),
        ({"SERVER_PORT": "443", "HTTPS": "on"}, "update.example.com"),
        ({"SERVER_PORT": "444", "HTTPS": "on"}, "update.example.com:444"),
        ({"SERVER_NAME": "update.example.com:81", "SERVER_PORT": "8080"}, "update.example.com:81"),
        ({"SERVER_NAME": None}, "192.0.2.1"),
        ({"SERVER_NAME": ""}, "192.0.2.1"),
        ({"SERVER_NAME": "_"}, "192.0.2.1"),
        ({"SERVER_NAME": "*"}, "192.0.2.1"),
        ({"SERVER_NAME": "any name"}, "192.0.2.1"),
        ({"SERVER_NAME": "fd00::1", "SERVER_PORT": "8080"}, "[fd00::1]:8080"),
        ({"SERVER_NAME": "[fd00::1]"}, "[fd00::1]"),
        ({"SERVER_NAME": None, "SERVER_ADDR": "fd00::1"}, "[fd00::1]"),
        ({"SERVER_NAME": None, "SERVER_ADDR": "fe80::1%eth0"}, "localhost"),
        ({"SERVER_NAME": None, "SERVER_ADDR": None}, "localhost"),
        ({"SERVER_NAME": None, "SERVER_ADDR": None, "SERVER_PORT": None}, "localhost"),
    ],
)
def test_a_call_without_host_gets_the_servers_own_name(site: Site, variables: dict[str, str | None], host: str) -> None:
    assert called(site, **variables).host == host


@pytest.mark.parametrize(
    ("https", "scheme"),
    [
        ("on", "https"), ("On", "https"), ("ON", "https"), ("1", "https"), ("yes", "https"), ("true", "https"),
        ("off", "http"), ("Off", "http"), ("0", "http"), ("no", "http"), ("", "http"), (None, "http"),
    ],
)  # fmt: skip
def test_https_is_what_the_web_server_says(site: Site, https: str | None, scheme: str) -> None:
    call = called(site, HTTPS=https, HTTP_HOST="u.example.com", SSL_CLIENT_S_DN_CN="IP232-30-00-af")
    assert call.base.partition(":")[0] == scheme
    assert call.tls.cn == ("IP232-30-00-af" if scheme == "https" else None)


def test_no_header_says_it(site: Site) -> None:
    assert not called(site, HTTP_HTTPS="on", HTTP_HOST="u.example.com").https


@pytest.mark.parametrize(
    ("script", "rest", "folder", "name"),
    [
        ("/mtls/update/update.php", "", "/mtls/update/", "update.php"),
        ("/mtls/update/update.php", "/more", "/mtls/update/", "update.php"),
        ("/mtls/update/update.php", "/more/x.php", "/mtls/update/", "update.php"),
        ("/mtls/update/update.php", "/", "/mtls/update/", "update.php"),
        ("/update.py", None, "/", "update.py"),
        ("", "/mtls/update/update.php", "/mtls/update/", "update.php"),
        ("", "/mtls/update/update.php/more/x.php", "/mtls/update/", "update.php"),
        ("/mtls/update", "/update.py", "/mtls/update/", "update.py"),
        ("/mtls/update/", "/update.py", "/mtls/update/", "update.py"),
        ("/mtls/update/update", "", "/mtls/update/", "update"),
        ("/mtls/update/update", "/more", "/mtls/update/", "update"),
        ("", "/", "/", "update.php"),
        (None, None, "/", "update.php"),
    ],
)
def test_the_script_is_the_one_that_was_called(
    site: Site, script: str | None, rest: str | None, folder: str, name: str
) -> None:
    call = called(site, SCRIPT_NAME=script, PATH_INFO=rest, HTTP_HOST="u.example.com")
    assert (call.folder, call.script) == (folder, name)


def test_what_stands_behind_the_script_is_left_out_of_the_devices_url(site: Site) -> None:
    answer = cgi(site.root, "", PATH_INFO="/mtls/update/more")
    assert "# new url=http://update.example.com/mtls/update/update.php?" in answer.text


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("[fd00::1]:8080", "444", "https://[fd00::1]:444/"),
        ("[fd00::1]", "444", "https://[fd00::1]:444/"),
        ("[fd00::1]:8080", "", "https://[fd00::1]/"),
        ("fd00::1", "444", "https://[fd00::1]:444/"),
        ("u.example.com:", "444", "https://u.example.com:444/"),
        ("192.0.2.1:80", "", "https://192.0.2.1/"),
    ],
)
def test_a_device_is_sent_to_https_on_the_same_host(site: Site, host: str, port: str, url: str) -> None:
    site.configure(f'<master info=""/><times forcehttps="true" httpsport="{port}"/>')
    answer = cgi(site.root, poll().partition("?")[2], HTTP_HOST=host)
    assert f"# new url={url}update/update.php?" in answer.text
