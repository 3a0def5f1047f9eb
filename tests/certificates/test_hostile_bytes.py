"""Bytes of strangers: whatever they are, they end as a reason, never as an error of the program."""

import random
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from tests.certificates.kit import MANUAL, configuration, der
from tests.certificates.test_requests import names, request
from tests.certificates.wrong_files import CLIENT, OTHER_KEY, PURPOSES, Ca, usage
from tests.site import Site, poll
from updateserver.certificates.io.ca_files import is_signed_by
from updateserver.certificates.reader import read_certificate, read_request
from updateserver.certificates.uploaded_file import certificates_in

CA = Ca.named("My CA")
NAMES = names(x509.DNSName("a.example.com"), x509.IPAddress(ip_address("10.0.0.1")))
LEAF = CA.make(OTHER_KEY.public_key(), usage("digital_signature"), PURPOSES([CLIENT]), NAMES)
BUNDLE = pkcs7.serialize_certificates([CA.certificate], Encoding.DER)


def mutated(content: bytes, count: int) -> Iterator[bytes]:
    """Yield the bytes with one to four of them changed, in the same places in each run."""
    dice = random.Random(6)  # noqa: S311 -- no secret
    for _ in range(count):
        changed = bytearray(content)
        for _ in range(dice.choice((1, 1, 2, 4))):
            changed[dice.randrange(len(changed))] = dice.choice((0, 255, dice.randrange(256)))
        yield bytes(changed)


@pytest.mark.filterwarnings("ignore")
def test_a_request_that_is_nearly_right_is_read_or_no_request() -> None:
    reasons = set()
    for content in mutated(request(NAMES), 3000):
        try:
            read_request(content)
        except ValueError as error:
            reasons.add(str(error))
    assert any("version" in reason for reason in reasons)
    assert len(reasons) > 5


@pytest.mark.filterwarnings("ignore")  # of what is odd, but read all the same
@pytest.mark.parametrize("right", [der(LEAF), BUNDLE], ids=["certificate", "PKCS#7"])
def test_a_certificate_that_is_nearly_right_is_read_or_none(right: bytes) -> None:
    reasons = set()
    for content in mutated(right, 3000):
        try:
            for certificate in certificates_in(content):
                read_certificate(certificate)
                is_signed_by(certificate, CA.certificate)
        except ValueError as error:
            reasons.add(str(error))
    assert len(reasons) > 5


def test_an_ordinary_poll_needs_nothing_of_all_this(site: Site) -> None:
    site.configure(configuration(MANUAL))
    site.snippet()
    told = subprocess.run(
        [sys.executable, "-c", CODE.format(lib=Path(__file__).parents[2] / "lib", root=site.root, query=poll())],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert told == "200 OK\nset()\n"


CODE = """
import sys
sys.path.insert(0, "{lib}")
from updateserver.web.update import UpdateApplication
from pathlib import Path
environ = {{"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/update/update.php", "HTTP_HOST": "x", "SERVER_PORT": "80",
           "REMOTE_ADDR": "192.0.2.1", "QUERY_STRING": "{query}".partition("?")[2]}}
UpdateApplication(Path("{root}"))(environ, lambda status, headers: print(status))
SLOW = {{"cryptography", "updateserver.certificates.io.enrolment", "updateserver.certificates.io.signing"}}
print(SLOW & set(sys.modules))
"""
