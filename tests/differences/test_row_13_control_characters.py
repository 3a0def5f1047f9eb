"""Row 13: line breaks and control characters never reach the script, whatever the web server lets through."""

import pytest

from tests.site import DEVICE, SN, Site, cgi, poll, start_cgi
from updateserver.web.update import UpdateApplication

CONTROL = [chr(code) for code in range(0x20)] + ["\x7f", "\r\n"]
CONFIGURATION = '<master info=""/><status dir="status"/><backup dir="backup"/>'
EVIL = "\r\nconfig rem UP1\r\n"


def called(site: Site, query: str, **variables: str) -> tuple[int, bytes]:
    """Call the application as a web server would that lets anything through."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "/mtls/update/update.php",
        "QUERY_STRING": query,
        "HTTP_HOST": "update.example.com",
        "SERVER_NAME": "update.example.com",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "192.0.2.7",
    } | variables
    statuses: list[str] = []
    body = b"".join(UpdateApplication(site.root)(environ, lambda status, headers: statuses.append(status)))  # noqa: ARG005
    return int(statuses[0].split()[0]), body


@pytest.mark.parametrize("name", [*DEVICE, "env", "phase", "polling", "PROT", "BOOT", "CHECK", "anything"])
def test_row_13_no_argument_may_hold_a_control_character(
    served: Site, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    served.snippet()
    with served.untouched():
        for character in CONTROL:
            caplog.clear()
            answer = served.get(poll(**{name: f"a{character}config rem UP1"}))
            assert answer.status == 400, character
            assert answer.text == f"# argument '{name}' holds a control character\r\n", character
            assert "refused with 400" in caplog.text, character


def test_row_13_no_argument_may_have_a_control_character_in_its_name(served: Site) -> None:
    with served.untouched():
        answer = served.get(poll(**{f"x{EVIL}": "y"}))
        assert answer.status == 400
        assert answer.lines == []


@pytest.mark.parametrize("name", DEVICE)
def test_row_13_not_at_first_contact_either(served: Site, name: str) -> None:
    with served.untouched():
        answer = served.get(f"update.php?{name}=a%0d%0aconfig%20rem%20UP1")
        assert (answer.status, answer.lines) == (400, [])


def test_row_13_an_argument_given_twice_hides_nothing(served: Site) -> None:
    with served.untouched():
        assert served.get("update.php?env=a%0Ab&env=default").status == 400


def test_row_13_a_form_is_read_as_strictly(served: Site) -> None:
    with served.untouched():
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        answer = served.ask("POST", poll(), b"env=default%0Aconfig", headers=form)
        assert (answer.status, answer.lines) == (400, [])


def test_row_13_a_raw_line_break_in_the_query_string_is_refused(site: Site) -> None:
    status, body = called(site, f"{poll().partition('?')[2]}&env=default{EVIL}")
    assert status == 400
    assert body.count(b"\n") == 1


@pytest.mark.parametrize(
    "host",
    [
        f"update.example.com{EVIL}",
        "a b",
        "a/b",
        "a\tb",
        "a\0",
        "\n",
        "a?b",
        "a#b",
        "a@b",
        "a:b",
        "a:123456",
        "[::1",
        "",
    ],
)
def test_row_13_a_host_is_a_name_or_an_address(site: Site, host: str) -> None:
    status, body = called(site, "", HTTP_HOST=host)
    assert (status, body) == (400, b"# the Host header is neither a name nor an address\r\n")


@pytest.mark.parametrize("host", ["update.example.com", "192.0.2.1:8080", "[2001:db8::1]", "[2001:db8::1]:443", "a_b"])
def test_usual_hosts_are_served(site: Site, host: str) -> None:
    status, body = called(site, "", HTTP_HOST=host)
    assert status == 200
    assert f"# new url=http://{host}/mtls/update/update.php?".encode() in body


def test_row_13_the_server_refuses_a_host_with_a_control_character(served: Site) -> None:
    for character in CONTROL:
        if character in "\r\n":
            continue
        head = f"GET /mtls/update/update.php HTTP/1.1\r\nHost: a{character}b\r\nConnection: close\r\n\r\n"
        assert served.exchange(head.encode()).status == 400, repr(character)


@pytest.mark.parametrize(
    "script", [f"/mtls/update{EVIL}/update.php", f"/mtls/update/update{EVIL}.php", "/\0update.php"]
)
def test_row_13_the_address_of_the_script_holds_no_control_character(site: Site, script: str) -> None:
    status, body = called(site, "", SCRIPT_NAME=script)
    assert (status, body) == (400, b"# the address of the script holds a control character\r\n")


def test_row_13_a_plain_cgi_call_is_as_strict(site: Site) -> None:
    answer = cgi(site.root, "", SCRIPT_NAME=f"/mtls/update{EVIL}/update.php")
    assert (answer.status, answer.lines) == (400, [])


def test_row_13_a_redirect_cannot_be_split(site: Site) -> None:
    process = start_cgi(site.root, "a=b", script="update-migrate.py", SCRIPT_NAME="/x\r\nSet-Cookie: a=b\r\n/y.php")
    told, _ = process.communicate()
    assert b"\nSet-Cookie" not in told
    assert b"\nLocation: /x%0D%0ASet-Cookie%3A%20a%3Db%0D%0A/update.php?a=b\r\n" in told


def test_row_13_what_a_web_server_says_stays_in_its_line(site: Site) -> None:
    site.configure('<master info=""/><times forcehttps="true" forcetrust="true"/><status dir="status"/>')
    tls = {
        "HTTPS": "on",
        "SERVER_PORT": "443",
        "SSL_CLIENT_VERIFY": f"FAILED:{EVIL}",
        "SSL_CLIENT_S_DN_CN": f"IP232{EVIL}",
        "SSL_CLIENT_I_DN": f"CN=x{EVIL}",
    }
    for verify in (tls["SSL_CLIENT_VERIFY"], "SUCCESS"):
        _, body = called(site, poll().partition("?")[2], **tls | {"SSL_CLIENT_VERIFY": verify})
        assert b"config rem UP1" in body
        assert not any(line.startswith(b"config rem UP1") for line in body.splitlines())


def test_row_13_an_address_of_a_proxy_stays_in_its_place(site: Site) -> None:
    status, body = called(site, poll().partition("?")[2], HTTP_X_FORWARDED_FOR=f"192.0.2.1{EVIL}, 10.0.0.1")
    assert status == 200
    assert not any(line.startswith(b"config rem UP1") for line in body.splitlines())
    assert site.state(SN).find("device").get("ip") == "192.0.2.7"
