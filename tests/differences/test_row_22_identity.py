"""Row 22: who has proved to be a device is not replaced by a stranger, until an admin releases it.

Web servers tell of certificates in CGI variables, so these are calls by CGI variables.
"""

import io

import pytest

from tests.site import HWID, SN, Answer, Site
from updateserver.web.update import UpdateApplication

CA = "My CA"
FACTORY = "innovaphone Device Certification Authority 2"
FORCED = f"""
<master info=""/><status dir="status"/><backup dir="backup"/>
<times forcehttps="true" httpsport="444" forcetrust="true"/>
<customcerts dir="certs" CAname="{CA}" CSRdn-cn="{{hwid}}"/>
<queries><query id="admin"><applies>*</applies></query><query id="certificates"><applies>*</applies></query></queries>
"""
GOOD = (
    f'<info><servercert><certificate subject_cn="{HWID}" issuer_cn="{CA}" '
    'not_before="01.01.2020-00:00:00" not_after="01.01.2049-00:00:00"/></servercert></info>'
)
BAD = GOOD.replace(CA, "x")
SHOWN = BAD.replace("</info>", "<requests><request/></requests></info>")
REQUEST = (
    f"mode=vardump&sn={SN}&var=X509/REQUEST&file=certs%2F{SN}-request.p10.der&proc=var2bin&postproc=createPemFromDer"
)
POLL = f"type=IP232&sn={SN}&hwid={HWID}&ip=172.16.0.20"


def call(site: Site, query: str, body: str = "", **variables: str) -> Answer:
    content = body.encode()
    environ = {
        "REQUEST_METHOD": "PUT" if body else "GET",
        "SCRIPT_NAME": "/update/update.php",
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(content)),
        "HTTP_HOST": "update.example.com:444",
        "SERVER_PORT": "444",
        "SERVER_SOFTWARE": "Apache/2.4.62",
        "REMOTE_ADDR": "192.0.2.7",
        "wsgi.input": io.BytesIO(content),
    } | variables
    statuses: list[str] = []
    answer = b"".join(UpdateApplication(site.root)(environ, lambda status, headers: statuses.append(status)))  # noqa: ARG005
    return Answer(int(statuses[0].split()[0]), {}, answer)


def proof(cn: str = HWID, issuer: str = CA) -> dict[str, str]:
    return {
        "HTTPS": "on",
        "SSL_CLIENT_VERIFY": "SUCCESS",
        "SSL_CLIENT_S_DN_CN": cn,
        "SSL_CLIENT_I_DN": f"CN={issuer},O=x",
    }


@pytest.fixture
def forced(site: Site) -> Site:
    site.configure(FORCED)
    site.snippet()
    return site


@pytest.fixture
def proved(forced: Site) -> Site:
    """An installation to which the device has proved who it is."""
    call(forced, POLL)
    assert call(forced, f"mode=query&sn={SN}&id=certificates", GOOD, **proof()).status == 200
    for _ in range(2):
        answer = call(forced, POLL, **proof())
    assert "good certificate" in answer.text
    return forced


@pytest.mark.parametrize("variables", [{}, {"HTTPS": "on", "SSL_CLIENT_VERIFY": "NONE"}, proof("IP232-00-00-01")])
def test_a_backup_needs_the_devices_certificate(forced: Site, variables: dict[str, str]) -> None:
    query = f"mode=backup&hwid={HWID}&sn={SN}"
    assert call(forced, query, "config change X /a", **variables).status == 403
    assert forced.names("backup") == []
    assert call(forced, query, "config change X /a", **proof()).status == 200
    assert forced.names(f"backup/{HWID}") == [f"{HWID}.0.txt"]


def test_a_device_cannot_send_a_backup_for_another_one(proved: Site) -> None:
    for query in (f"mode=backup&hwid=IP232-00-00-01&sn={SN}", "mode=backup&hwid=IP232-00-00-01"):
        assert call(proved, query, "config change X /a", **proof()).status == 403
    assert proved.names("backup") == []


def test_before_it_proved_anything_a_device_is_taken_at_its_word(forced: Site) -> None:
    call(forced, POLL)
    assert call(forced, f"mode=query&sn={SN}&id=certificates", SHOWN).status == 200
    assert call(forced, REQUEST, "X509/REQUEST pb 3082").status == 200


@pytest.mark.parametrize("variables", [{}, proof("IP232-00-00-01"), proof(issuer="Somebody")])
def test_afterwards_all_its_uploads_need_the_certificate(proved: Site, variables: dict[str, str]) -> None:
    before = proved.snapshot()
    assert call(proved, f"mode=query&sn={SN}&id=certificates", BAD, **variables).status == 403
    assert call(proved, f"mode=query&sn={SN}&id=admin", "<info/>", **variables).status == 403
    assert call(proved, REQUEST, "X509/REQUEST pb 3082", **variables).status == 403
    assert proved.snapshot() == before
    assert call(proved, f"mode=query&sn={SN}&id=admin", "<info/>", **proof()).status == 200


def test_afterwards_a_stranger_gets_no_certificate_steps_and_changes_no_facts(proved: Site) -> None:
    assert call(proved, f"mode=query&sn={SN}&id=certificates", BAD, **proof()).status == 200
    before = dict(proved.state().find("device").attrib)

    stranger = call(proved, POLL.replace("172.16.0.20", "172.16.6.6"), SERVER_PORT="80")
    assert not any("X509" in line for line in stranger.lines if "id=certificates" not in line)
    assert dict(proved.state().find("device").attrib) == before
    assert any("verified certificate before" in message for message in proved.log())

    assert any("servercert-create" in line for line in call(proved, POLL, **proof()).lines)


def test_what_it_proved_outlives_its_state(proved: Site) -> None:
    (proved.root / f"status/{SN}.xml").unlink()
    assert call(proved, f"mode=query&sn={SN}&id=admin", "<info/>").status == 403


def test_a_device_that_was_reset_shows_its_factory_certificate(proved: Site) -> None:
    factory = proof(issuer=FACTORY)
    assert call(proved, f"mode=query&sn={SN}&id=certificates", BAD, **factory).status == 200
    answer = call(proved, POLL, **factory)
    assert any("servercert-create" in line for line in answer.lines)
    assert call(proved, POLL, **factory).text.count("good certificate") == 0


def test_a_released_device_is_taken_at_its_word_again(proved: Site) -> None:
    assert proved.names("certs") == [f"{SN}-identity.json", f"{HWID.lower()}-holder.json"]
    (proved.root / f"certs/{SN}-identity.json").unlink()
    assert call(proved, f"mode=query&sn={SN}&id=admin", "<info/>").status == 200


def test_without_forcetrust_nobody_has_to_prove_anything(site: Site) -> None:
    site.configure(FORCED.replace('forcetrust="true"', ""))
    call(site, POLL, **proof())
    assert site.names("certs") == []
    assert call(site, f"mode=backup&hwid={HWID}&sn={SN}", "config change X /a").status == 200
