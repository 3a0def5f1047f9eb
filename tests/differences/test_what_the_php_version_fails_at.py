"""Rows without a number: where the PHP version answers 500, or something that helps nobody."""

import pytest

from tests.site import SN, Site, answer_to, poll

CERTIFICATE = (
    '<info><servercert><certificate subject_cn="x" issuer_cn="My CA" not_before="01.01.2020-00:00:00" '
    'not_after="{end}"/></servercert>{more}</info>'
)
QUERY = '<queries><query id="certificates"><applies>*</applies></query></queries>'
PAST, FUTURE = "01.01.2021-00:00:00", "01.01.2049-00:00:00"


def certificates(served: Site, attributes: str, end: str = FUTURE, more: str = "") -> list[str]:
    """Return the script of a device that reports a certificate with this end."""
    served.configure(
        f'<master info=""/><status dir="status"/><customcerts dir="certs" CAname="My CA" {attributes}/>{QUERY}'
    )
    served.get(poll())  # which asks for the report
    served.put_upload(answer_to("certificates"), CERTIFICATE.format(end=end, more=more))
    return served.get(poll()).lines


@pytest.mark.parametrize("renew", ["", "0", " ", "no"])
def test_without_days_to_renew_a_certificate_is_good_until_it_is_expired(served: Site, renew: str) -> None:
    command = served.snippet()
    assert command in certificates(served, f'renew="{renew}"')
    assert served.state().find("device").get("certstat") == "OK"
    assert any("servercert-create" in line for line in certificates(served, f'renew="{renew}"', PAST))
    assert served.state().find("device").get("certstat") == "x: expired"


@pytest.mark.parametrize(
    "own", ['<stdarg key="ip"/>', '<stdarg key="ip" value=""/>', '<stdarg key="sn"/>', '<stdarg key="type" value="x"/>']
)
def test_a_required_argument_stays_in_the_url_whatever_a_site_says_of_it(served: Site, own: str) -> None:
    served.configure(f'<master info=""/><stdargs>{own}</stdargs>')
    (line,) = [line for line in served.get("update.php").lines if "UP1 /url" in line]
    assert line.endswith("%26type%3D%23t%26sn%3D%23m%26hwid%3D%23h%26ip%3D%23i")


@pytest.mark.parametrize("name", ["type", "sn", "hwid"])
def test_a_required_argument_without_a_value_is_missing(served: Site, name: str) -> None:
    command = served.snippet()
    with served.untouched():
        answer = served.get(poll(**{name: ""}))
        assert command not in answer.lines
        assert f"# missing query args: {name}" in answer.text
        assert any("UP1 /url" in line for line in answer.lines)


def test_a_device_that_does_not_know_its_address_is_served(served: Site) -> None:
    command = served.snippet()
    assert command in served.get(poll(ip="")).lines


@pytest.mark.parametrize("pattern", ["*.cer", "*", "*.c*", "[!x]*.cer", "??-*.cer"])
def test_files_of_devices_are_none_of_the_ca(served: Site, pattern: str) -> None:
    authority, own = b"\x30\x03\x02\x01\x05", b"\x30\x03\x02\x01\x07"
    for name in (f"{SN}-request.p10.der", f"{SN}-signedrequest.cer", "00-90-33-00-00-01-signedrequest.cer"):
        served.put(f"certs/{name}", own)
    served.put("certs/01-authority.cer", authority)
    lines = certificates(served, f'CAkeys="{pattern}" renew="90"', PAST, "<requests><request/></requests>")
    sent = [line.partition(" pb ")[2] for line in lines if "X509/REQUESTRESPONSE" in line]
    assert sent == [own.hex(), authority.hex()]


@pytest.mark.parametrize("way", ["", 'bootcode="master"'])
def test_of_a_reference_device_without_boot_code_only_the_firmware_counts(served: Site, way: str) -> None:
    version = "14r2 IPVA[14.2051], Bootcode[], Hardware[]"
    served.put("cache/master-info.xml", f'<info><sys version="{version}"/></info>', age=0)
    served.configure(f'<master info="http://127.0.0.1:9/x" {way}/>')
    lines = [line for line in served.get(poll()).lines if line.startswith("mod cmd UP0 ")]
    assert [line.split(" ")[3] for line in lines] == ["prot"]


@pytest.mark.parametrize("logkeep", ["", " ", "0", "-1", "no"])
def test_a_log_that_is_kept_for_no_time_holds_the_last_call(served: Site, logkeep: str) -> None:
    served.configure(f'<master info=""/><status dir="status" logkeep="{logkeep}"/>')
    command = served.snippet()
    for _ in range(2):
        assert command in served.get(poll()).lines
    assert any(message.startswith("phase: ") for message in served.log())


def test_a_sites_own_command_of_a_default_query_is_run(served: Site) -> None:
    served.configure(
        '<master info=""/><queries><query id="admin"><cmd>mod cmd X my-own</cmd><applies>*</applies></query></queries>'
    )
    (line,) = [line for line in served.get(poll()).lines if "mode=query" in line]
    assert line.endswith(" /always mod%20cmd%20X%20my-own")
