"""Rows 14, 20, 21, 25, 26: under forcetrust, a device gets snippets only as what its certificate says that it is.

Web servers tell of certificates in CGI variables, so these are calls by CGI variables.
"""

import pytest

from tests.site import HWID, SN, Answer, Site
from updateserver.web.update import UpdateApplication

CA = "innovaphone Device Certification Authority"
FORCED = '<master info=""/><status dir="status"/><times forcehttps="true" forcetrust="true"/>'
APACHE = {"SERVER_SOFTWARE": "Apache/2.4.62", "SSL_CLIENT_VERIFY": "SUCCESS"}
LIGHTTPD = {"SERVER_SOFTWARE": "lighttpd/1.4.69"}


def called(site: Site, *, sn: str = SN, hwid: str = HWID, **variables: str) -> Answer:
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "/mtls/update/update.php",
        "QUERY_STRING": f"type=IP232&sn={sn}&hwid={hwid}&ip=172.16.0.20",
        "HTTP_HOST": "update.example.com",
        "SERVER_NAME": "update.example.com",
        "SERVER_PORT": "443",
        "REMOTE_ADDR": "192.0.2.7",
        "HTTPS": "on",
    } | variables
    statuses: list[str] = []
    body = b"".join(UpdateApplication(site.root)(environ, lambda status, headers: statuses.append(status)))  # noqa: ARG005
    return Answer(int(statuses[0].split()[0]), {}, body)


def is_trusted(site: Site, **variables: str) -> bool:
    """Tell whether a caller gets the snippet; one who does not, learns why, without an error."""
    command = site.snippet()
    (site.root / "status" / f"{variables.get('sn', SN)}.xml").unlink(missing_ok=True)
    answer = called(site, **variables)
    assert answer.status == 200
    assert (command in answer.lines) == ("good certificate(CN=" in answer.text)
    assert (command in answer.lines) == any(
        "good certificate" in message for message in site.log(variables.get("sn", SN))
    )
    return command in answer.lines


def apache(cn: str = HWID, issuer_cn: str = CA, **variables: str) -> dict[str, str]:
    return (
        APACHE
        | {"SSL_CLIENT_S_DN_CN": cn, "SSL_CLIENT_I_DN_CN": issuer_cn, "SSL_CLIENT_I_DN": f"CN={issuer_cn}"}
        | variables
    )


def test_a_device_with_its_own_certificate_is_trusted(site: Site) -> None:
    site.configure(FORCED)
    assert is_trusted(site, **apache())


def test_a_device_without_certificate_is_not(site: Site) -> None:
    site.configure(FORCED)
    assert not is_trusted(site, **APACHE | {"SSL_CLIENT_VERIFY": "NONE"})


@pytest.mark.parametrize("verify", ["NONE", "GENEROUS", "FAILED:self-signed certificate", "success", ""])
@pytest.mark.parametrize("server", ["lighttpd/1.4.76", "Apache/2.4.62", "nginx/1.26", "updateserver/0.1"])
def test_row_14_a_verification_that_failed_counts_under_every_server(site: Site, server: str, verify: str) -> None:
    site.configure(FORCED)
    assert not is_trusted(site, **apache(SERVER_SOFTWARE=server, SSL_CLIENT_VERIFY=verify))


@pytest.mark.parametrize("server", ["lighttpd/1.4.76", "Apache/2.4.62", "updateserver/0.1"])
def test_row_14_an_issuer_that_is_not_accepted_counts_under_every_server(site: Site, server: str) -> None:
    site.configure(FORCED)
    assert not is_trusted(site, **apache(SERVER_SOFTWARE=server, issuer_cn="Somebody"))


def test_row_14_a_lighttpd_that_tells_neither_is_relied_on(site: Site) -> None:
    site.configure(FORCED)
    assert is_trusted(site, **LIGHTTPD, SSL_CLIENT_S_DN_CN=HWID)


def test_row_14_no_other_server_is(site: Site) -> None:
    site.configure(FORCED)
    assert not is_trusted(site, SERVER_SOFTWARE="Apache/2.4.62", SSL_CLIENT_S_DN_CN=HWID)
    assert not is_trusted(site, **APACHE, SSL_CLIENT_S_DN_CN=HWID)


def test_row_14_a_caller_cannot_speak_for_the_server(site: Site) -> None:
    site.configure(FORCED)
    shown = {f"HTTP_{name}": value for name, value in apache().items() if name.startswith("SSL_")}
    assert not is_trusted(site, **LIGHTTPD, **shown)


WHOLE_DN = "CN=My CA,OU=IT,O=ACME"


@pytest.mark.parametrize(
    ("accepted", "issuer"),
    [
        ("My CA", {"SSL_CLIENT_I_DN": WHOLE_DN, "SSL_CLIENT_I_DN_CN": "My CA", "SSL_CLIENT_I_DN_OU": "IT"}),
        (WHOLE_DN, {"SSL_CLIENT_I_DN": WHOLE_DN, "SSL_CLIENT_I_DN_CN": "My CA"}),
        ("Devices", {"SSL_CLIENT_I_DN": "OU=Devices,O=ACME", "SSL_CLIENT_I_DN_OU": "Devices"}),
        ("ACME", {"SSL_CLIENT_I_DN": "O=ACME,C=DE"}),
        ("ACME", {"SSL_CLIENT_I_DN_O": "ACME"}),
        ("Zertifikate für Geräte", {"SSL_CLIENT_I_DN_CN": "Zertifikate für Geräte".encode().decode("latin-1")}),
        ("Zertifikate für Geräte", {"SSL_CLIENT_I_DN_CN": "Zertifikate für Geräte"}),
    ],
    ids=["CN", "whole DN", "OU", "O", "O alone", "UTF-8", "Latin-1"],
)
def test_row_20_an_issuer_goes_by_its_cn_or_ou_or_whole_dn(site: Site, accepted: str, issuer: dict[str, str]) -> None:
    site.configure(f'{FORCED}<customcerts CAname="Other;{accepted}" CAnamesep=";"/>')
    assert is_trusted(site, **APACHE, SSL_CLIENT_S_DN_CN=HWID, **issuer)


@pytest.mark.parametrize("accepted", ["IT", "ACME", "O=ACME", "My", "my ca", "OU=IT,O=ACME", "CN=My CA"])
def test_row_20_nothing_else_of_it_counts(site: Site, accepted: str) -> None:
    site.configure(f'{FORCED}<customcerts CAname="{accepted}" CAnamesep=";"/>')
    issuer = {"SSL_CLIENT_I_DN": WHOLE_DN, "SSL_CLIENT_I_DN_CN": "My CA", "SSL_CLIENT_I_DN_OU": "IT"}
    assert not is_trusted(site, **APACHE, SSL_CLIENT_S_DN_CN=HWID, **issuer)


OTHER = "00-90-33-00-00-01"


def test_row_21_a_device_does_not_get_the_snippets_of_another(site: Site) -> None:
    site.configure(FORCED)
    site.put("scripts/update-all-00_90_33_00_00_01.txt", "config add SECRET /of other\r\n")
    answer = called(site, sn=OTHER, **apache())
    assert "config add SECRET /of other" not in answer.lines
    assert f"Device claims to be '{HWID}' but its serial number '{OTHER}' belongs to another device" in answer.text
    assert any("belongs to another device" in message for message in site.log(OTHER))


def test_row_21_not_with_the_serial_number_as_its_name_either(site: Site) -> None:
    site.configure(FORCED)
    assert not is_trusted(site, sn=OTHER, hwid=HWID, **apache(cn=OTHER.replace("-", "")))
    assert not is_trusted(site, sn=OTHER, hwid="IP232-00-00-01", **apache())


def test_row_21_a_certificate_for_the_serial_number_is_as_good(site: Site) -> None:
    site.configure(FORCED)
    assert is_trusted(site, **apache(cn=SN.replace("-", "")))


def test_row_21_the_wildcard_stands_for_every_device(site: Site) -> None:
    site.configure(f'{FORCED}<customcerts CAwildcard="*.example.com"/>')
    assert is_trusted(site, sn=OTHER, **apache(cn="*.example.com"))
    assert not is_trusted(site, sn=OTHER, **apache(cn="a.example.com"))


@pytest.mark.parametrize("model", ["IP222", "IP232", "IP240", "IP200"])
def test_names_in_early_certificates_are_understood(site: Site, model: str) -> None:
    site.configure(FORCED)
    early = model + ("s" if model in ("IP222", "IP232") else "a")
    assert is_trusted(site, hwid=f"{model}-30-00-af", **apache(cn=f"{early}-30-00-af"))


def test_row_25_names_of_cas_are_enough(site: Site) -> None:
    site.configure(f'{FORCED}<customcerts CAname="My CA"/>')
    assert is_trusted(site, **apache(issuer_cn="My CA"))


def test_row_25_without_any_name_of_a_ca_nobody_is_trusted(site: Site) -> None:
    site.configure(f'{FORCED}<customcerts CAname=""/>')
    command = site.snippet()
    answer = called(site, **apache())
    assert command not in answer.lines
    assert answer.text.rstrip().endswith("- exit")


@pytest.mark.parametrize(
    ("cn", "sn", "hwid"),
    [
        ("0090330e0014", "00-90-33-0e-00-15", "IP232-0e-00-15"),  # both 90330 as numbers, far too large ones
        ("0090330e0014", "00-90-33-0e-00-99", "0090330e0099"),
        ("009033000010", "00-90-33-00-00-1", "IP232-00-00-1"),
        ("9033000010", "00-90-33-00-00-10", "IP232-00-00-10"),
        (" 009033000010", "00-90-33-00-00-10", "IP232-00-00-10"),
        ("009033000010.0", "00-90-33-00-00-10", "IP232-00-00-10"),
    ],
)
def test_row_26_names_are_compared_as_text(site: Site, cn: str, sn: str, hwid: str) -> None:
    site.configure(FORCED)
    assert not is_trusted(site, sn=sn, hwid=hwid, **apache(cn=cn))


@pytest.mark.parametrize("running", ["0130986", "130986.0", "1.30986e5", " 130986", "+130986"])
def test_row_26_builds_are_compared_as_text(site: Site, running: str) -> None:
    site.configure('<master info="none" firmware="130986" bootcode="none"/>')
    answer = called(site, QUERY_STRING=f"type=IP232&sn={SN}&hwid={HWID}&ip=i&PROT={running.replace('+', '%2B')}")
    assert any(line.startswith("mod cmd UP0 prot") and line.endswith("ser 130986") for line in answer.lines)


@pytest.mark.parametrize(
    ("variables", "is_good"),
    [
        ({"SSL_CLIENT_S_DN": "/C=DE/O=innovaphone/CN=IP232-30-00-af"}, True),
        ({"SSL_CLIENT_S_DN": "C = DE, O = innovaphone, CN = IP232-30-00-af"}, True),
        ({"SSL_CLIENT_S_DN_C": "DE", "SSL_CLIENT_S_DN_O": "innovaphone"}, True),
        ({"SSL_CLIENT_S_DN": "C=DE,O=Mallory,CN=IP232-30-00-af"}, False),
        ({"SSL_CLIENT_S_DN": r"C=DE,O=Mallory\,O=innovaphone,CN=IP232-30-00-af"}, False),
        ({}, False),
    ],
)
def test_attributes_of_the_subject_can_be_required(site: Site, variables: dict[str, str], is_good: bool) -> None:
    site.configure(f'{FORCED}<customcerts CAsubject="C=DE,O=innovaphone"/>')
    assert is_trusted(site, **apache(**variables)) == is_good


@pytest.mark.parametrize("number", [1, 2, 7, 8, 17, 22, 24, 32, 46, 54, 62, 66, 68, 79, 92, 9999])
def test_row_14_what_lighttpd_found_wrong_is_told_in_words(site: Site, number: int) -> None:
    site.configure(FORCED)
    answer = called(site, **LIGHTTPD, SSL_CLIENT_S_DN_CN=HWID, SSL_CLIENT_VERIFY=f"FAILED:reason({number})")
    assert f"'FAILED:reason({number})', which means that " in answer.text
