"""Row 5: `mode=vardump` stores what the server itself asked for, and nothing else."""

from urllib.parse import urlencode

import pytest

from tests.site import SN, Site, answer_to, poll

CERTIFICATES = """
    <master info=""/><status dir="status"/><customcerts dir="certs"/>
    <queries><query id="certificates"><applies>*</applies></query></queries>
"""
SHOWN = "<info><requests><request/></requests></info>"
REQUEST = {
    "mode": "vardump", "sn": SN, "var": "X509/REQUEST", "file": f"certs/{SN}-request.p10.der", "proc": "var2bin",
    "postproc": "createPemFromDer",
}  # fmt: skip
ERROR = {"mode": "vardump", "sn": SN, "var": "X509/REQUESTERROR", "file": f"certs/{SN}-requesterror"}
DUMP = "X509/REQUEST pb 3082\r\nX509/REQUESTERROR p no luck\r\nCMD0/PASSWORD p secret\r\n"


def asked_for_it(served: Site) -> None:
    """Have the device poll and show a request, which the server wants to have then."""
    served.configure(CERTIFICATES)
    served.get(poll())
    assert served.put_upload(answer_to("certificates"), SHOWN).status == 200


def dump(served: Site, asked: dict[str, str], body: str = DUMP):
    return served.put_upload(f"update.php?{urlencode(asked)}", body)


def test_the_request_that_was_asked_for_is_stored(served: Site) -> None:
    asked_for_it(served)
    assert dump(served, REQUEST).status == 200
    assert served.read(REQUEST["file"]) == bytes.fromhex("3082")
    assert served.read(f"certs/{SN}-request.p10.pem").startswith(b"-----BEGIN CERTIFICATE REQUEST-----")


def test_the_error_that_was_asked_for_is_stored(served: Site) -> None:
    asked_for_it(served)
    assert dump(served, ERROR).status == 200
    assert served.read(ERROR["file"]) == b"no luck"


@pytest.mark.parametrize(
    "change",
    [
        {"file": "config/user-config.xml"},
        {"file": "web/x.phtml"},
        {"file": "update.py"},
        {"file": "../outside"},
        {"file": "/outside"},
        {"file": "certs/../config/user-config.xml"},
        {"file": f"certs/../certs/{SN}-request.p10.der"},
        {"file": f"./certs/{SN}-request.p10.der"},
        {"file": f"certs//{SN}-request.p10.der"},
        {"file": f"certs\\{SN}-request.p10.der"},
        {"file": f"certs/{SN}-signedrequest.cer"},
        {"file": f"certs/{SN}-requesterror"},
        {"file": "certs/00-90-33-00-00-01-request.p10.der"},
        {"file": "certs/CAkey.cer"},
        {"file": ""},
        {"var": "CMD0/PASSWORD"},
        {"var": ""},
        {"proc": ""},
        {"proc": "unlink"},
        {"proc": "system"},
        {"postproc": ""},
        {"postproc": "phpinfo"},
        {"sn": "00-90-33-00-00-01"},
    ],
    ids=lambda change: "-".join(f"{name}={value}" for name, value in change.items()).replace("/", "|"),
)
def test_row_05_nothing_else_is_stored(served: Site, caplog: pytest.LogCaptureFixture, change: dict[str, str]) -> None:
    asked_for_it(served)
    served.put("certs/CAkey.cer", "the CA's")
    with served.untouched():
        answer = dump(served, REQUEST | change)
        assert answer.status == 403
        assert answer.text.startswith("# nobody asked for var=")
    assert "refused with 403" in caplog.text or "customcerts: " in caplog.text


@pytest.mark.parametrize("processing", [{"proc": "var2bin"}, {"postproc": "createPemFromDer"}])
def test_row_05_an_error_is_stored_as_it_is_only(served: Site, processing: dict[str, str]) -> None:
    asked_for_it(served)
    with served.untouched():
        assert dump(served, ERROR | processing).status == 403


def test_row_05_nothing_is_stored_without_a_certificate_folder(served: Site) -> None:
    with served.untouched():
        assert dump(served, REQUEST | {"file": f"/{SN}-request.p10.der"}).status == 403


def test_row_05_a_request_that_is_no_hexadecimal_text_is_refused(served: Site) -> None:
    asked_for_it(served)
    with served.untouched():
        answer = dump(served, REQUEST, "X509/REQUEST pb <?php system(); ?>\r\n")
        assert answer.status == 400
        assert "not hexadecimal" in answer.text


def test_row_05_a_stored_request_is_not_replaced_by_another(served: Site) -> None:
    asked_for_it(served)
    dump(served, REQUEST)
    before = served.read(f"certs/{SN}-request.p10.der"), served.read(f"certs/{SN}-request.p10.pem")
    assert dump(served, REQUEST, "X509/REQUEST pb 3083\r\n").status == 400
    assert (served.read(f"certs/{SN}-request.p10.der"), served.read(f"certs/{SN}-request.p10.pem")) == before
    assert f"{SN}-conflict.json" not in served.names("certs")


def test_row_05_what_is_not_in_the_dump_leaves_no_file(served: Site) -> None:
    asked_for_it(served)
    with served.untouched():
        assert dump(served, REQUEST, "X509/OTHER pb 3082\r\nX509/REQUEST\r\nX509/REQUEST pb\r\n").status == 200


@pytest.mark.parametrize("missing", ["sn", "var", "file"])
def test_row_16_a_missing_argument_is_an_error(served: Site, missing: str) -> None:
    asked_for_it(served)
    with served.untouched():
        answer = dump(served, {name: value for name, value in REQUEST.items() if name != missing})
        assert (answer.status, answer.text) == (400, f"# need '{missing}' arg for mode=vardump - exit\r\n")
