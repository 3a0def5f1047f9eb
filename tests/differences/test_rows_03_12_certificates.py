"""Rows 3 and 12: the certificate steps keep going, and say nothing odd, where something is amiss."""

from tests.site import HWID, Site, answer_to, poll

WRONG = f"""
    <info><servercert><certificate subject_cn="{HWID}" issuer_cn="Somebody" not_before="01.01.2020-00:00:00"
    not_after="01.01.2049-00:00:00"/></servercert>%s</info>
"""
CONFIGURATION = """
    <master info=""/><status dir="status"/>
    <customcerts dir="certs" CAname="My CA" CSRdn-cn="{hwid}" CSRdn-o="ACME" CSRsan-dns-1="{name}.example.com"
                 CSRsan-dns-2="x-{nonsense}" CSRsan-ip-1="{realip}"/>
    <queries>
        <query id="admin"><applies>*</applies></query>
        <query id="certificates"><applies>*</applies></query>
    </queries>
"""


def request_of(served: Site, admin: str = "") -> str:
    """Return the command that has a device with a wrong certificate make a request."""
    served.configure(CONFIGURATION)
    served.get(poll())
    if admin:
        assert served.put_upload(answer_to("admin"), admin).status == 200
    assert served.put_upload(answer_to("certificates"), WRONG % "").status == 200
    answer = served.get(poll())
    assert answer.status == 200
    (command,) = [line for line in answer.lines if line.startswith("mod cmd X509 servercert-create")]
    return command


def test_row_03_no_stray_line_reaches_a_device_whose_certificate_failed(served: Site) -> None:
    served.configure(CONFIGURATION)
    command = served.snippet()
    served.get(poll())
    served.put_upload(answer_to("certificates"), WRONG % '<request-error text="does not fit"/>')
    answer = served.get(poll())
    assert "certificate processing STOPPED" in answer.text
    assert "ser" not in [line.split()[0] for line in answer.lines]
    assert all(line.split()[0] in ("mod", "config", "iresetn") for line in answer.lines)
    assert command not in answer.lines
    assert answer.lines[-1] == "iresetn"


def test_row_12_a_device_whose_name_is_not_known_makes_its_request_without_it(served: Site) -> None:
    command = request_of(served)
    assert f"/dn-cn {HWID} " in command
    assert command.endswith("/san-dns  /san-dns x-%7Bnonsense%7D /san-dns  /san-ip 172.16.0.20 /san-ip ")


def test_row_12_a_device_without_a_name_is_one_whose_name_is_not_known(served: Site) -> None:
    assert "/san-dns  /san-dns x-%7Bnonsense%7D /san-dns " in request_of(served, "<info/>")


def test_row_12_a_device_that_told_its_name_has_it_in_its_request(served: Site) -> None:
    assert "/san-dns lobby-1.example.com /san-dns x-%7B" in request_of(served, '<info name="Lobby 1"/>')


def test_row_13_a_name_with_line_breaks_stays_within_its_word(served: Site) -> None:
    command = request_of(served, '<info name="Lobby&#13;&#10;config rem UP1&#10;vars del X"/>')
    assert "/san-dns lobby-config-rem-up1-vars-del-x.example.com " in command
