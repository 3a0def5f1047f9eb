"""Uploads that nobody asked for leave nothing, and do not keep the device's own ones out."""

import base64
import json
import time
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.certificates.kit import HWID as PHONE_HWID
from tests.certificates.kit import LOCAL, OF_THE_DEVICE, POLICY, configuration, init_ca
from tests.certificates.kit import SN as PHONE
from tests.certificates.test_origins import VERIFIED
from tests.certificates.test_requests import ASKED, EC_KEY, OTHER_KEY, WRONG, request
from tests.differences.test_row_22_identity import call
from tests.site import HWID, SN, Site, answer_to, poll, served, site
from updateserver.certificates.request_checks import Rank, rank
from updateserver.poll.io.refusals import REASONS, Refusals
from updateserver.trust.certificate import SigningRequest
from updateserver.web.update import UpdateApplication

__all__ = ["served", "site"]

QUERIES = """
    <master info=""/><status dir="status"/><backup dir="backup"/><environments><environment id="berlin"/></environments>
    <queries>
        <query id="admin"><cmd>x</cmd><applies>*</applies></query>
        <query id="phones"><cmd>x</cmd><applies>phone</applies></query>
        <query id="type"><cmd>x</cmd><applies>ip232</applies></query>
        <query id="gateways"><cmd>x</cmd><applies>gw</applies></query>
        <query id="pho"><cmd>x</cmd><applies>pho</applies></query>
        <query id="berlin"><cmd>x</cmd><applies env="">berlin</applies></query>
        <query id="class"><cmd>x</cmd><applies>berlin</applies></query>
        <query id="nobody"><cmd>x</cmd></query>
    </queries>
"""
LARGE = "<info>" + "x" * (1 << 20) + "</info>"
POLL = f"type=SWPHONE&sn={PHONE}&hwid={PHONE_HWID}&ip=172.16.0.20"
SHOWN = (
    '<info><servercert><certificate subject_cn="x" issuer_cn="self" not_before="01.01.2010-00:00:00" '
    'not_after="31.12.2049-23:59:59"/></servercert>{}</info>'
)
GARBAGE = WRONG["garbage"][0]
FOREIGN = WRONG["other device's name"][0]


def query(target: str) -> str:
    return target.partition("?")[2]


def refused(site: Site) -> set[str]:
    """Return which limits have refused something."""
    return set(Refusals(site.root / "cache", site.root / "cache" / "locks").lately(int(time.time())))


def total(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


# answers


@pytest.mark.parametrize("body", [LARGE, "<info>" + "x" * 200_000 + "</info>", "<info/>"], ids=["1 MB", "200 KB", "-"])
def test_a_hundred_answers_of_unknown_devices_leave_nothing(site: Site, body: str) -> None:
    site.configure(QUERIES)
    for number in range(100):
        sn = f"00-90-33-66-00-{number:02x}"
        assert call(site, query(answer_to("admin", sn)), body).status in (400, 413)
    assert site.names("status") == []
    assert total(site.root / "cache") < 10_000
    assert refused(site) <= {"queries", "queries/@maxsize"}


@pytest.mark.parametrize("name", ["gateways", "pho", "berlin", "class", "nobody"])
def test_a_hundred_answers_to_a_query_that_the_device_is_not_asked_leave_nothing(site: Site, name: str) -> None:
    site.configure(QUERIES)
    call(site, query(poll()))
    before = site.snapshot()
    for _ in range(100):
        answer = call(site, query(answer_to(name)), "<info/>")
        assert (answer.status, answer.lines) == (400, [])
    assert f"nobody asked {SN} for query '{name}'" in answer.text
    assert site.snapshot() == before
    assert refused(site) == {"queries"}


@pytest.mark.parametrize("name", ["admin", "phones", "type", "berlin"])
def test_answers_that_were_asked_for_are_stored(site: Site, name: str) -> None:
    site.configure(QUERIES)
    call(site, query(poll(env="default,berlin")))
    assert call(site, query(answer_to(name)), "<info/>").status == 200
    assert site.state().find(f"queries/{name}/info") is not None
    assert refused(site) == set()


def test_a_state_of_the_php_server_tells_what_was_asked(site: Site) -> None:
    site.configure(QUERIES)
    site.put(f"status/{SN}.xml", (Path(__file__).parents[1] / "state" / "php-state.xml").read_bytes())
    assert call(site, query(answer_to("phones")), "<info/>").status == 200
    assert call(site, query(answer_to("gateways")), "<info/>").status == 400


def test_a_device_whose_state_was_removed_is_served_again_at_its_next_poll(site: Site) -> None:
    site.configure(QUERIES)
    call(site, query(poll()))
    (site.root / f"status/{SN}.xml").unlink()
    assert call(site, query(answer_to("admin")), "<info/>").status == 400
    assert any("id=admin" in line for line in call(site, query(poll())).lines)
    assert call(site, query(answer_to("admin")), "<info/>").status == 200


def test_a_device_that_was_asked_before_its_poll_was_abandoned_may_answer(site: Site) -> None:
    site.configure(QUERIES.replace('info=""', 'info="none" firmware="nonsense"'))
    assert "- exit" in call(site, query(poll())).text
    assert call(site, query(answer_to("phones")), "<info/>").status == 200
    assert call(site, query(answer_to("gateways")), "<info/>").status == 400


def test_a_state_that_only_a_backup_made_does_not_mean_that_anything_was_asked(site: Site) -> None:
    site.configure(QUERIES)
    call(site, query(poll(mode="backup")), "config write")
    assert call(site, query(answer_to("admin")), "<info/>").status == 400


@pytest.mark.parametrize(("limit", "size", "status"), [("", 262_000, 200), ("", 262_145, 413), ("900", 901, 413),
                                                       ("900", 900, 200), ("word", 1000, 200)])  # fmt: skip
def test_how_large_an_answer_may_be(site: Site, limit: str, size: int, status: int) -> None:
    site.configure(QUERIES.replace("<queries>", f'<queries maxsize="{limit}">'))
    call(site, query(poll()))
    assert call(site, query(answer_to("admin")), "<a>" + "x" * (size - 7) + "</a>").status == status
    assert refused(site) == ({"queries/@maxsize"} if status == 413 else set())


# requests


@pytest.fixture
def asking(site: Site) -> Site:
    """An installation that has asked a device for a certificate request, and whose policy signs for its network."""
    site.configure(configuration(POLICY | {"network": "192.0.2.0/24", "netmask": ""}))
    init_ca(site)
    call(site, POLL)
    shows(site)
    assert "servercert-create" in call(site, POLL).text
    return site


def shows(site: Site, inner: str = "") -> None:
    assert call(site, query(answer_to("certificates", PHONE)), SHOWN.format(inner)).status == 200


def shows_request(site: Site) -> None:
    shows(site, "<requests><request/></requests>")
    call(site, POLL)  # it only asks


def dumps(site: Site, content: bytes, **variables: str) -> int:
    return call(site, query(ASKED), f"X509/REQUEST pb {content.hex()}\r\n", **variables).status


def stored(site: Site) -> bytes:
    return site.read(f"certs/{PHONE}-request.p10.der")


def fitting(key: ec.EllipticCurvePrivateKey = EC_KEY) -> bytes:
    """Return a request as it was asked for: the policy signs it."""
    wanted = [x509.DNSName(f"{PHONE_HWID}.example.com"), x509.IPAddress(ip_address("192.0.2.7"))]
    return request(x509.SubjectAlternativeName(wanted), key=key)


def in_pem(site: Site) -> bytes:
    lines = site.read(f"certs/{PHONE}-request.p10.pem").splitlines()
    return base64.b64decode(b"".join(lines[1:-1]))


def test_a_request_that_nobody_asked_for_leaves_nothing(asking: Site) -> None:
    before = asking.snapshot()
    for content in (GARBAGE, request(), b"x" * 70_000):
        assert dumps(asking, content) in (403, 413)
    error = "mode=vardump&sn=00-90-33-00-00-99&var=X509/REQUESTERROR&file=certs/00-90-33-00-00-99-requesterror"
    assert call(asking, error, "X509/REQUESTERROR p x").status == 403
    assert asking.snapshot() == before
    assert refused(asking) == {"customcerts"}


def test_the_devices_own_request_takes_the_place_of_what_is_none_and_is_signed(asking: Site) -> None:
    shows_request(asking)
    assert "var=X509/REQUEST&" in call(asking, POLL).text
    assert dumps(asking, GARBAGE) == 200
    assert dumps(asking, fitting()) == 200
    assert stored(asking) == in_pem(asking)
    assert f"{PHONE}-conflict.json" not in asking.names("certs")
    assert f"{PHONE}-signedrequest.cer" in asking.names("certs")


@pytest.mark.parametrize(
    "content",
    [GARBAGE, b"\x30\x82", WRONG["truncated"][0], FOREIGN],
    ids=["text", "begins well", "cut off", "another name"],
)
def test_a_device_is_asked_again_where_what_came_does_not_fit(asking: Site, content: bytes) -> None:
    command = asking.snippet()
    shows_request(asking)
    call(asking, POLL)
    assert dumps(asking, content) == 200
    assert "var=X509/REQUEST&" not in call(asking, POLL).text
    origin = json.loads(asking.read(f"certs/{PHONE}-origin.json"))
    asking.put(f"certs/{PHONE}-origin.json", json.dumps(origin | {"time": origin["time"] - 61}))
    answer = call(asking, POLL)
    assert any("var=X509/REQUEST&" in line for line in answer.lines)
    assert command in answer.lines
    assert dumps(asking, fitting()) == 200
    assert stored(asking) == in_pem(asking)
    assert "var=X509/REQUEST&" not in call(asking, POLL).text


def test_what_is_no_request_disturbs_none_that_waits(asking: Site) -> None:
    shows_request(asking)
    mine = request()
    assert dumps(asking, mine) == 200
    before = asking.snapshot()
    assert [dumps(asking, GARBAGE + bytes([number])) for number in range(5)] == [400] * 5
    assert asking.snapshot() == before


def test_a_request_that_fits_gives_way_to_a_proven_one_only(asking: Site) -> None:
    asking.configure(configuration(LOCAL | OF_THE_DEVICE))  # nobody signs yet
    shows_request(asking)
    mine = fitting()
    assert dumps(asking, mine) == 200
    assert dumps(asking, fitting(OTHER_KEY)) == 409
    assert dumps(asking, FOREIGN) == 409
    assert stored(asking) == mine
    proven = fitting(OTHER_KEY)
    assert dumps(asking, proven, **VERIFIED) == 200
    assert stored(asking) == proven
    assert dumps(asking, mine) == 409
    assert stored(asking) == proven


def test_a_request_that_was_signed_gives_way_to_none(asking: Site) -> None:
    shows_request(asking)
    assert dumps(asking, GARBAGE) == 200
    asking.put(f"certs/{PHONE}-signedrequest.cer", b"signed")
    assert dumps(asking, fitting()) == 409
    assert stored(asking) == GARBAGE


def test_what_requests_are_worth() -> None:
    one = object.__new__(SigningRequest)
    ranks = [rank(None, ("x",), "x"), rank(one, ("x",), "x"), rank(one, (), ""), rank(one, (), "x")]
    assert ranks == sorted(Rank)


def test_each_refusal_has_a_text() -> None:
    assert {"queries", "queries/@maxsize", "customcerts", "backup/@perhour", "status/@maxsize"} <= {*REASONS}


# backups


BACKUPS = '<master info=""/><status dir="status"/><backup dir="backup" {}/>'
DAY = 86400


def sends(site: Site, content: str, hwid: str = HWID) -> int:
    return call(site, f"mode=backup&hwid={hwid}&sn={SN}", content).status


@pytest.mark.parametrize("number", [12, 1000])
def test_uploads_in_a_devices_name_push_out_none_of_its_history(site: Site, number: int) -> None:
    site.configure(BACKUPS.format(""))
    for age in range(1, 10):
        site.put(f"backup/{HWID}/{HWID}.{10 - age}.txt", f"genuine {age}", age=age * DAY)
    answers = [sends(site, f"forged {one}") for one in range(number)]
    assert set(answers) <= {200, 429}
    assert answers.count(200) <= 40  # the hour may end meanwhile
    kept = {site.read(f"backup/{HWID}/{name}").decode() for name in site.names(f"backup/{HWID}")}
    assert kept >= {f"genuine {age}" for age in range(1, 10)}
    assert len(kept) <= 20
    assert refused(site) == ({"backup/@perhour"} if number > 40 else set())


@pytest.mark.parametrize(("limits", "most"), [("", 20), ('perhour="3"', 3), ('nbackups="25"', 25), ('perhour="0"', 20)])
def test_how_many_of_a_device_are_stored_in_an_hour(site: Site, limits: str, most: int) -> None:
    site.configure(BACKUPS.format(limits))
    answers = [sends(site, f"forged {one}") for one in range(2 * most + 1)]
    assert most <= answers.count(200) <= 2 * most
    assert answers[:most] == [200] * most
    assert sends(site, "another device's", "IP232-30-00-b0") == 200


def test_the_same_backup_again_does_not_count(site: Site) -> None:
    site.configure(BACKUPS.format('perhour="2"'))
    assert [sends(site, "the same") for _ in range(5)] == [200] * 5
    assert sends(site, "another") == 200


def test_who_sent_too_many_is_refused_before_the_body_comes(site: Site) -> None:
    site.configure(BACKUPS.format('perhour="1"'))
    sends(site, "one")
    sends(site, "two")  # and another where a new hour has begun
    environ = {"REQUEST_METHOD": "PUT", "QUERY_STRING": f"mode=backup&hwid={HWID}"}
    assert UpdateApplication(site.root).longest_body(environ) == 0
