"""Uploads are stored whole, or not at all."""

import pytest

from tests.site import FOLDER, HWID, SN, Site, answer_to, cgi, poll
from updateserver.web.embedded import EmbeddedServer

CONFIGURATION = """
    <master info=""/><status dir="status"/><backup dir="backup" maxsize="1000"/><customcerts dir="certs"/>
    <queries><query id="admin"><cmd>x</cmd><applies>*</applies></query></queries>
"""
BACKUP = f"update.php?mode=backup&hwid={HWID}&sn={SN}"
DUMP = f"update.php?mode=vardump&sn={SN}&var=X509/REQUESTERROR&file=certs/{SN}-requesterror"
CONTENTS = {BACKUP: b"config write", answer_to("admin"): b"<info/>", DUMP: b"X509/REQUESTERROR p no luck"}


@pytest.fixture(autouse=True)
def configured(site: Site) -> None:
    site.configure(CONFIGURATION)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_backup_above_the_limit_is_refused(served: Site, caplog: pytest.LogCaptureFixture, chunked: bool) -> None:
    with served.untouched():
        answer = served.put_upload(BACKUP, b"x" * 1001, chunked=chunked)
        assert (answer.status, answer.text) == (413, "# the upload is larger than 1000 bytes\r\n")
    assert "backup/@maxsize: " in caplog.text


@pytest.mark.parametrize("chunked", [False, True])
def test_a_backup_of_the_largest_size_is_stored(served: Site, chunked: bool) -> None:
    assert served.put_upload(BACKUP, b"x" * 1000, chunked=chunked).status == 200
    assert served.read(f"backup/{HWID}/{HWID}.0.txt") == b"x" * 1000


@pytest.mark.parametrize("target", [answer_to("admin"), DUMP])
def test_an_answer_of_more_than_a_megabyte_is_refused(served: Site, target: str) -> None:
    with served.untouched():
        assert served.put_upload(target, b"<!--" + b"x" * (1 << 20) + b"-->").status == 413


def test_the_limit_follows_the_configuration(served: Site) -> None:
    assert served.put_upload(BACKUP, b"x" * 1001).status == 413
    served.configure(CONFIGURATION.replace("1000", "1001"))
    assert served.put_upload(BACKUP, b"x" * 1001).status == 200


@pytest.mark.parametrize("target", CONTENTS)
def test_half_an_upload_is_not_stored_by_a_plain_cgi_call(site: Site, target: str) -> None:
    known(site)
    before = site.snapshot()
    answer = cgi(site.root, target.partition("?")[2], "PUT", CONTENTS[target], CONTENT_LENGTH="100")
    assert (answer.status, answer.text) == (400, f"# only {len(CONTENTS[target])} of 100 bytes arrived\r\n")
    assert site.snapshot() == before


def known(site: Site) -> None:
    """Have the device poll, and answer that it has a certificate: then it is asked for all that it may upload."""
    site.configure(CONFIGURATION.replace("admin", "certificates"))
    cgi(site.root, poll().partition("?")[2])
    cgi(site.root, answer_to("certificates").partition("?")[2], "PUT", b"<info/>")
    site.configure(CONFIGURATION)


def request(target: str, head: str, body: bytes) -> bytes:
    return f"PUT {FOLDER}{target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n\r\n".encode() + body


@pytest.mark.parametrize("target", CONTENTS)
def test_half_an_upload_is_not_stored_by_the_server(site: Site, target: str) -> None:
    half = f"{len(CONTENTS[target]):x}\r\n".encode() + CONTENTS[target] + b"\r\n"
    known(site)
    with EmbeddedServer(site.root) as site.server:
        before = site.snapshot()
        site.send_and_hang_up(request(target, "Content-Length: 100", CONTENTS[target]))
        site.send_and_hang_up(request(target, "Transfer-Encoding: chunked", half))
        site.send_and_hang_up(request(target, "Transfer-Encoding: chunked", half + b"10\r\nabc"))
    assert site.snapshot() == before  # now that the server has ended whatever it was doing


@pytest.mark.parametrize("target", CONTENTS)
def test_the_same_upload_is_stored_when_it_is_whole(served: Site, target: str) -> None:
    known(served)
    before = served.snapshot()
    whole = f"{len(CONTENTS[target]):x}\r\n".encode() + CONTENTS[target] + b"\r\n0\r\n\r\n"
    assert served.exchange(request(target, "Transfer-Encoding: chunked", whole)).status == 200
    assert served.snapshot() != before


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "ten", "\N{SUPERSCRIPT TWO}"])
def test_a_length_that_is_no_number_is_refused(site: Site, length: str) -> None:
    answer = cgi(site.root, BACKUP.partition("?")[2], "PUT", b"config write", CONTENT_LENGTH=length)
    assert answer.status == 400
    assert site.names("backup") == []


@pytest.mark.parametrize("target", CONTENTS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_upload_needs_a_body(served: Site, method: str, target: str) -> None:
    with served.untouched():
        assert served.ask(method, target, headers={}).status == 405
