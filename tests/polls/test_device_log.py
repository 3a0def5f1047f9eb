"""What the device's log says of certificate steps: what was removed, and that a poll only asked."""

import time

import pytest

from tests.site import SN, Site, answer_to, poll
from updateserver.fleet.io.index import FleetIndex
from updateserver.fleet.rows import Glance
from updateserver.poll.io.installation import Installation as InstalledSite

CONFIGURATION = (
    '<master info=""/><status dir="status"/><customcerts dir="certs" CAname="My CA"/>'
    '<queries><query id="certificates"><applies>*</applies></query></queries>'
)
DATES = 'not_before="01.01.2020-00:00:00" not_after="01.01.2049-00:00:00"'
REQUEST = "<requests><request/></requests>"
FILES = {
    f"{SN}-request.p10.der": "CSR",
    f"{SN}-request.p10.pem": "CSR",
    f"{SN}-signedrequest.cer": "signed CSR",
    f"{SN}-request.der.key": "key of CSR",
}


def report(served: Site, issuer: str = "My CA", more: str = "") -> None:
    served.get(poll())
    certificate = f'<servercert><certificate subject_cn="x" issuer_cn="{issuer}" {DATES}/></servercert>'
    served.put_upload(answer_to("certificates"), f"<info>{certificate}{more}</info>")


def removals(served: Site) -> list[str]:
    return [message.strip() for message in served.log() if message.startswith("certificates: removing ")]


@pytest.mark.parametrize("name", FILES)
def test_each_removed_file_is_told_once(served: Site, name: str) -> None:
    served.configure(CONFIGURATION)
    served.put(f"certs/{name}", b"x")
    report(served)
    assert f"# certificates: removing {FILES[name]} (certs/{name})" in served.get(poll()).text
    assert removals(served) == [f"certificates: removing {FILES[name]} (certs/{name})"]
    assert name not in served.names("certs")
    assert served.state().find("device").get("certstat") == "OK"
    assert "removing" not in served.get(poll()).text
    assert len(removals(served)) == 1


def test_all_are_told_in_their_order(served: Site) -> None:
    served.configure(CONFIGURATION)
    for name in FILES:
        served.put(f"certs/{name}", b"x")
    report(served)
    served.get(poll())
    assert removals(served) == [f"certificates: removing {what} (certs/{name})" for name, what in FILES.items()]


def test_where_nothing_is_removed_nothing_is_told(served: Site) -> None:
    served.configure(CONFIGURATION)
    served.put("certs/00-90-33-00-00-01-request.p10.der", b"another device's")
    served.put(f"certs/{SN}-asked.json", b"{}")
    report(served)
    served.get(poll())
    assert removals(served) == []


def test_a_new_request_removes_what_is_left_of_the_old_one(served: Site) -> None:
    served.configure(CONFIGURATION)
    served.put(f"certs/{SN}-request.p10.der", b"x")
    report(served, issuer="Other CA")
    assert any("servercert-create" in line for line in served.get(poll()).lines)
    assert removals(served) == [f"certificates: removing CSR (certs/{SN}-request.p10.der)"]
    assert served.state().find("device").get("certstat") == "CN x: invalid issuer: Other CA: not in My CA (,)"


def test_a_request_that_the_device_still_shows_is_removed_from_it(served: Site) -> None:
    served.configure(CONFIGURATION)
    report(served, more=REQUEST)
    lines = served.get(poll()).lines
    assert "vars del X509/REQUEST " in lines
    assert removals(served) == ["certificates: removing CSR from device"]


def test_a_request_that_goes_on_is_not_removed(served: Site) -> None:
    served.configure(CONFIGURATION)
    served.put(f"certs/{SN}-request.p10.der", b"x")
    report(served, issuer="Other CA", more=REQUEST)
    served.get(poll())
    assert removals(served) == []


def test_left_overs_go_also_where_certificates_are_off(served: Site) -> None:
    served.configure('<master info=""/><status dir=""/><customcerts dir="certs"/>')
    served.put(f"certs/{SN}-request.p10.der", b"x")
    assert f"# certificates: removing CSR (certs/{SN}-request.p10.der)" in served.get(poll()).text
    assert served.names("certs") == []


def test_a_poll_that_only_asks_says_how_long_ago_that_was_set(served: Site) -> None:
    served.configure(CONFIGURATION)
    for ago, told in ((0, "0 secs"), (60, "60 secs"), (7200, "2 hours")):
        since = int(time.time()) - ago
        served.put(f"status/{SN}.xml", f'<state skipnext="{since}"><device sn="{SN}"/></state>')
        answer = served.get(poll())
        assert "skipnext:" not in answer.text
        assert [message for message in served.log() if message.startswith("skipnext")] in (
            [f"skipnext: {told}"], [f"skipnext: {told.replace('0 secs', '1 sec')}"],
            [f"skipnext: {told.replace('60', '61')}"],
        )  # fmt: skip
        assert served.log()[1].startswith("phase: ")
        served.get(poll())
        assert sum(message.startswith("skipnext") for message in served.log()) == 1


@pytest.mark.parametrize("since", ["", "soon", "-1", "9" * 30])
def test_an_odd_time_only_asks_as_well(served: Site, since: str) -> None:
    served.configure(CONFIGURATION)
    command = served.snippet()
    report(served)
    served.put(f"status/{SN}.xml", f'<state skipnext="{since}"><device sn="{SN}"/></state>')
    assert command not in served.get(poll()).lines
    assert sum(message.startswith("skipnext: ") for message in served.log()) == 1


@pytest.mark.parametrize(
    ("certstat", "waits"),
    [
        (f"removing CSR certs/{SN}-request.p10.der", False),
        (f"removing signed CSR (certs/{SN}-signedrequest.cer)", False),
        ("removing CSR from device", False),
        ("OK", False),
        ("", False),
        ("signing request must be processed by CA (ongoing)", True),
        ("x: not yet valid", True),
        ("CN removing CSR: invalid issuer: y: not in My CA (,)", True),
    ],
)
def test_a_state_that_was_left_at_a_removal_is_settled(served: Site, certstat: str, waits: bool) -> None:
    served.configure(CONFIGURATION)
    served.put(
        f"status/{SN}.xml",
        f'<state seen="{int(time.time())}"><device sn="{SN}" phase="update" certstat="{certstat}"/></state>',
    )
    site = InstalledSite(served.root)
    row = FleetIndex(site).row(site.config(), SN)
    assert row
    assert row.glance == (Glance.CERTIFICATE if waits else Glance.SEEN)
    assert row.certstat == certstat
