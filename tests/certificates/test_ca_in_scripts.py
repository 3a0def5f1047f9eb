"""Which of the CA's files a device gets, and as what: certificates only, never garbage and never a key."""

import base64
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from tests.certificates.kit import MANUAL, configuration, der, pem
from tests.certificates.test_ca_files import ROOT, findings
from tests.certificates.wrong_files import OTHER_KEY
from tests.site import SN, Site, answer_to, poll
from updateserver.device.io.ca_names import leads_out
from updateserver.poll.signing_request import certificate_der

CERTIFICATE = der(ROOT.certificate)
PEM = pem(ROOT.certificate)
TEXT = base64.b64encode(CERTIFICATE)
BEGIN, END = b"-----BEGIN CERTIFICATE-----\n", b"\n-----END CERTIFICATE-----\n"
KEY_DER, KEY_OLD = (
    OTHER_KEY.private_bytes(Encoding.DER, kind, NoEncryption())
    for kind in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
)
KEY_PEM = OTHER_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PFX = pkcs12.serialize_key_and_certificates(b"x", None, ROOT.certificate, None, BestAvailableEncryption(b"x"))
P7 = pkcs7.serialize_certificates([ROOT.certificate], Encoding.DER)
REPORT = (
    '<info><servercert><certificate subject_cn="x" issuer_cn="x" not_before="01.01.2020-00:00:00" '
    'not_after="01.01.2049-00:00:00"/></servercert><requests><request/></requests></info>'
)


@pytest.mark.parametrize(
    "content",
    [
        CERTIFICATE,
        PEM,
        PEM.replace(b"\n", b"\r\n"),
        PEM.replace(b"CERTIFICATE", b"certificate").replace(b"BEGIN", b"begin"),
        PEM.partition(b"-----END")[0],
        PEM.partition(b"-----END")[0].replace(b"BEGIN CERTIFICATE", b"begin certificate"),
        PEM.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"),
        PEM.replace(b"CERTIFICATE", b"X509 CERTIFICATE"),
        b"Bag Attributes\n    friendlyName: x\n" + PEM,
        b"\xef\xbb\xbf" + PEM,
        PEM.decode().encode("utf-16"),
        PEM + PEM,
        PEM.partition(b"-----END")[0] + PEM,
        KEY_PEM + PEM,
        TEXT,
        BEGIN + TEXT.rstrip(b"=") + END,
    ],
)
def test_one_certificate_however_written_is_that_certificate(content: bytes) -> None:
    assert certificate_der(content) == CERTIFICATE


WRONG = {
    "words": b"put the certificate here",
    "nothing": b"",
    "cut off": BEGIN + TEXT[: len(TEXT) // 8 * 4],
    "cut off, with an end": BEGIN + TEXT[: len(TEXT) // 8 * 4] + END,
    "cut off, DER": CERTIFICATE[:-1],
    "head of a DER file": CERTIFICATE[:64],
    "letters": BEGIN + b"certificate" + END,
    "odd characters": BEGIN + TEXT.replace(b"A", b"?", 1) + END,
    "key": KEY_PEM,
    "key, DER": KEY_DER,
    "key, DER of old": KEY_OLD,
    "lower key": KEY_PEM.lower(),
    "PKCS#12": PFX,
    "PKCS#7": P7,
    "request": PEM.replace(b"CERTIFICATE", b"CERTIFICATE REQUEST"),
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_what_is_no_certificate_is_not_sent(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"contains|cut off"):
        certificate_der(content)


@pytest.mark.parametrize("content", [b"0abc", b"0\3\2\1\5"])
def test_what_begins_as_der_goes_as_it_is(content: bytes) -> None:
    assert certificate_der(content) == content


def sent(site: Site, files: Mapping[str, bytes], pattern: str, signed: bytes = CERTIFICATE) -> list[str]:
    """Return what a device gets that asked for a certificate, as the words of the commands behind their name."""
    site.configure(configuration(MANUAL | {"CAkeys": pattern}))
    site.put(f"certs/{SN}-request.p10.der", b"DER")
    site.put(f"certs/{SN}-signedrequest.cer", signed)
    for name, content in files.items():
        site.put(name, content)
    site.get(poll())
    site.put_upload(answer_to("certificates"), REPORT)
    lines = site.get(poll()).lines
    begin = "vars create X509/REQUESTRESPONSE/"
    return [line.removeprefix(begin) for line in lines if line.startswith(begin)]


def response(number: int, content: bytes) -> str:
    return f"{number:05} pb {content.hex()}"


A, B, C = (b"0\3\2\1" + bytes([number]) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("ca/*.cer", ["certs/ca/a.cer", "certs/ca/b.cer"]),
        ("/ca/*.cer", ["certs/ca/a.cer", "certs/ca/b.cer"]),
        ("./ca/?.cer", ["certs/ca/a.cer", "certs/ca/b.cer"]),
        ("c*/[ab].cer", ["certs/ca/a.cer", "certs/cb/b.cer"]),
        ("c*/[!c].cer", ["certs/ca/a.cer", "certs/cb/b.cer"]),
        ("c*/[^c].cer", ["certs/ca/a.cer", "certs/cb/b.cer"]),
        ("ca/deep/*", ["certs/ca/deep/a", "certs/ca/deep/b"]),
        ("ca/../CA*", ["certs/CA1", "certs/CA2"]),
        ("../authority/*", ["authority/a", "authority/b"]),
        ("CAkey*", ["certs/CAkey-01.cer", "certs/CAkey-02.cer"]),
        ("CAkey-01.cer", ["certs/CAkey-01.cer"]),
    ],
)
def test_a_pattern_may_name_folders(served: Site, pattern: str, files: list[str]) -> None:
    found = dict(zip(files, (A, B), strict=False))
    others = {
        "certs/ca/c.txt": C,
        "certs/ca/.hidden.cer": C,
        "certs/deeper/ca/x.cer": C,
        f"certs/ca/{SN}-issued.cer": C,
    }
    expected = [response(number, content) for number, content in enumerate((CERTIFICATE, *found.values()))]
    assert sent(served, found | others, pattern) == expected


@pytest.mark.parametrize(
    "pattern", ["../../outside/*.cer", "{outside}/*.cer", "ca/../../../outside/*", "", "/", "ca", "*/"]
)
def test_nothing_outside_of_the_installation_is_a_file_of_the_ca(served: Site, pattern: str) -> None:
    outside = served.root.parent / "outside"
    outside.mkdir()
    (outside / "a.cer").write_bytes(A)
    served.put("certs/ca/a.txt", A)
    assert sent(served, {}, pattern.format(outside=outside)) == [response(0, CERTIFICATE)]
    if "../.." in pattern:
        assert any("leads out of the installation" in message for message in findings(served, "CAkeys"))


@pytest.mark.parametrize(
    ("folder", "pattern", "out"),
    [
        ("certs", "CAkey*", False),
        ("certs", "../ca/*", False),
        ("certs", "../../ca/*", True),
        ("a/b", "../../ca/*", False),
        ("../certs", "CAkey*", False),  # the admin's own folder is where he says
        ("../certs", "ca/../CAkey*", False),
        ("../certs", "../CAkey*", True),
        ("/srv/certs", "ca/*", False),
        ("/srv/certs", "../ca/*", True),
        ("certs", "/../../ca/*", True),
        ("certs", "..CAkey*", False),
    ],
)
def test_a_pattern_leads_out_only_by_itself(folder: str, pattern: str, out: bool) -> None:
    assert leads_out(folder, pattern) is out


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_what_is_no_certificate_is_left_out_and_told(served: Site, content: bytes) -> None:
    files = {"certs/CA1": content, "certs/CA2": PEM}
    assert sent(served, files, "CA*") == [response(0, CERTIFICATE), response(1, CERTIFICATE)]
    assert any("certs/CA1 is left out" in message for message in served.log())
    assert any(message.startswith("CA1: ") for message in findings(served, "CAkeys"))


@pytest.mark.parametrize("content", [b"nonsense", KEY_PEM, PFX])
def test_a_signed_certificate_that_is_none_is_not_sent(served: Site, content: bytes) -> None:
    assert sent(served, {"certs/CA1": A}, "CA*", signed=content) == []
    device = served.state().find("device")
    assert device is not None
    assert "cannot be sent" in device.get("certstat", "")


def test_a_signed_certificate_without_its_end_is_sent(served: Site) -> None:
    assert sent(served, {}, "CA*", signed=PEM.partition(b"-----END")[0]) == [response(0, CERTIFICATE)]


def test_the_check_reads_what_devices_get(site: Site) -> None:
    site.configure(configuration(MANUAL | {"CAkeys": "ca/*"}))
    site.put("certs/ca/a", PEM.partition(b"-----END")[0].replace(b"BEGIN", b"begin"))
    assert findings(site, "CAkeys") == []
