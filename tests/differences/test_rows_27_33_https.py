"""Rows 27 and 33: how a device is sent to HTTPS, and when it has arrived."""

from urllib.parse import unquote

import pytest

from tests.site import Site, cgi, poll

QUERY = poll().partition("?")[2]


def forced(times: str) -> str:
    return f'<master info=""/><times forcehttps="true" {times}/>'


def url_of(lines: list[str]) -> str:
    (line,) = [line for line in lines if line.startswith("config add UP1 /url ")]
    return unquote(line.removeprefix("config add UP1 /url "))


def has_arrived(site: Site, times: str, host: str, port: str) -> bool:
    """Tell whether a call by HTTPS to this address is served, and not sent round again."""
    site.configure(forced(times))
    command = site.snippet()
    lines = cgi(site.root, QUERY, HTTPS="on", HTTP_HOST=host, SERVER_PORT=port).lines
    assert (command in lines) != any(line.startswith("config add UP1 /url https") for line in lines)
    return command in lines


@pytest.mark.parametrize("broken", ["mtls", "!mtls", "!(!!", "!mtls!!Q", "!a!b!c!d", "xmtlsxx", " ", "!(?<n>!!"])
def test_row_27_an_invalid_modifier_leaves_the_url_alone(served: Site, broken: str) -> None:
    served.configure(forced(f'httpsurlmod="{broken.replace("<", "&lt;")}"'))
    url = url_of(served.get(poll()).lines)
    assert url.startswith("https://127.0.0.1/mtls/update/update.php?")


def test_row_27_a_modifier_that_runs_wild_leaves_the_url_alone(served: Site) -> None:
    served.configure(forced('httpsurlmod="!(.*.*.*.*.*.*)*\\x00!!"'))
    url = url_of(served.get(poll(x="a" * 200)).lines)
    assert url.startswith("https://127.0.0.1/mtls/update/update.php?")


def test_the_usual_modifier_takes_the_folder_out(served: Site) -> None:
    served.configure(forced(""))
    assert url_of(served.get(poll()).lines).startswith("https://127.0.0.1/update/update.php?")


def test_row_33_the_outer_port_counts_behind_a_router(site: Site) -> None:
    assert has_arrived(site, 'httpsport="8443"', "update.example.com:8443", "443")


def test_row_33_the_inner_port_can_be_said(site: Site) -> None:
    assert has_arrived(site, 'httpsport="8443" innerport="4443"', "update.example.com", "4443")


def test_row_33_a_standard_port_outside_needs_the_inner_port_said(site: Site) -> None:
    assert has_arrived(site, 'innerport="4443"', "update.example.com", "4443")
    assert has_arrived(site, 'httpsport="443" innerport="4443"', "[2001:db8::1]", "4443")


def test_the_port_that_the_call_arrived_at_counts(site: Site) -> None:
    assert has_arrived(site, 'httpsport="8443"', "update.example.com", "8443")


@pytest.mark.parametrize(
    ("times", "host", "port"),
    [
        ('httpsport="8443"', "update.example.com", "443"),
        ('httpsport="8443"', "update.example.com:444", "443"),
        ('httpsport="8443" innerport="4443"', "update.example.com", "443"),
        ("", "update.example.com:8443", "8443"),
    ],
)
def test_another_port_does_not_count(site: Site, times: str, host: str, port: str) -> None:
    assert not has_arrived(site, times, host, port)


def test_no_port_makes_http_https(site: Site) -> None:
    site.configure(forced('httpsport="80"'))
    command = site.snippet()
    lines = cgi(site.root, QUERY, SERVER_PORT="80").lines
    assert command not in lines
    assert url_of(lines).startswith("https://update.example.com:80/update/update.php?")
