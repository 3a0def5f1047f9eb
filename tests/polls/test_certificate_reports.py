"""What a device reports of its certificates: dates that cannot be read never have a fleet ask for new ones."""

import pytest

from tests.site import SN, Site, answer_to, poll

CONFIGURATION = (
    '<master info=""/><status dir="status"/><customcerts dir="certs" CAname="My CA" renew="{renew}"/>'
    '<queries><query id="certificates"><applies>*</applies></query></queries>'
)
GOOD = 'issuer_cn="My CA"'
PAST, FUTURE = "01.01.2020-00:00:00", "01.01.2049-00:00:00"


def report(*certificates: str) -> str:
    shown = "".join(f'<certificate subject_cn="x" {one}/>' for one in certificates)
    return f"<info><servercert>{shown}</servercert></info>"


def asks_for_a_certificate(served: Site, *certificates: str, renew: int = 90) -> bool:
    served.configure(CONFIGURATION.format(renew=renew))
    command = served.snippet()
    served.get(poll())
    served.put_upload(answer_to("certificates"), report(*certificates))
    lines = served.get(poll()).lines
    asks = any("servercert-create" in line for line in lines)
    assert asks == (command not in lines)
    return asks


WITHOUT = {
    "no dates": "",
    "empty": 'not_before="" not_after=""',
    "only the end": f'not_after="{FUTURE}"',
    "only the end, long ago": f'not_after="{PAST}"',
    "words": 'not_before="never" not_after="never"',
    "of another country": 'not_before="01/01/2020 00:00" not_after="01/01/2049 00:00"',
    "no such day": f'not_before="31.02.2020-00:00:00" not_after="{FUTURE}"',
    "number": 'not_before="1577836800" not_after="2493072000"',
    "far": 'not_before="01.01.99999-00:00:00"',
}


@pytest.mark.parametrize("dates", WITHOUT.values(), ids=WITHOUT)
@pytest.mark.parametrize("issuer", [GOOD, 'issuer_cn="Other CA"', ""])
def test_without_a_readable_beginning_it_is_not_yet_valid(served: Site, dates: str, issuer: str) -> None:
    assert not asks_for_a_certificate(served, f"{issuer} {dates}")
    assert served.state().find("device").get("certstat") == "x: not yet valid"
    assert "certificates: x: not yet valid " in served.log()


def test_one_such_of_a_chain_is_enough(served: Site) -> None:
    whole = f'not_before="{PAST}" not_after="{FUTURE}"'
    assert not asks_for_a_certificate(served, f"{GOOD} {whole}", 'issuer_cn="Other CA"')


@pytest.mark.parametrize(
    ("dates", "asks"),
    [
        (f'not_before="{PAST}" not_after="{FUTURE}"', False),
        ('not_before="2020-01-01T00:00:00" not_after="2049-01-01T00:00:00Z"', False),
        ('not_before="01.01.2020 00:00:00" not_after=" 01.01.2049 00:00:00 "', False),
        ('not_before="2020-01-01" not_after="2021-01-01 00:00:00"', True),
        (f'not_before="{FUTURE}" not_after="{FUTURE}"', False),
        (f'not_before="{PAST}" not_after="{PAST}"', True),
        (f'not_before="{PAST}"', True),  # to be renewed: its end counts as now
    ],
)
def test_readable_dates_count(served: Site, dates: str, asks: bool) -> None:
    assert asks_for_a_certificate(served, f"{GOOD} {dates}") == asks


def test_without_an_end_it_is_good_where_none_is_renewed(served: Site) -> None:
    assert not asks_for_a_certificate(served, f'{GOOD} not_before="{PAST}"', renew=0)
    assert served.state().find("device").get("certstat") == "OK"


def test_what_it_asked_for_before_stays(served: Site) -> None:
    served.put(f"certs/{SN}-request.p10.der", b"x")
    assert not asks_for_a_certificate(served, GOOD)
    assert served.names("certs") == [f"{SN}-request.p10.der"]
