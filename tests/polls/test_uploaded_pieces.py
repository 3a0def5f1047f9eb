"""The value of a dumped variable that is hexadecimal ends at its first blank."""

from urllib.parse import urlencode

import pytest

from tests.differences.test_row_05_variable_dumps import asked_for_it
from tests.site import SN, Site

FILE = f"certs/{SN}-request.p10.der"
ASKED = {
    "mode": "vardump", "sn": SN, "var": "X509/REQUEST", "file": FILE, "proc": "var2bin",
    "postproc": "createPemFromDer",
}  # fmt: skip


def dumped(served: Site, value: str) -> int:
    asked_for_it(served)
    return served.put_upload(f"update.php?{urlencode(ASKED)}", f"X509/REQUEST pb {value}\r\n").status


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("3003020105", "3003020105"),
        ("3003 020105", "3003"),
        ("3003020105 ", "3003020105"),
        ("3003020105  zz", "3003020105"),
        ("3003020105 is a request", "3003020105"),
        ("ABcd 00 00", "abcd"),
        (" 3003 00", "3003"),
    ],
)
def test_what_follows_a_blank_does_not_count(served: Site, value: str, kept: str) -> None:
    assert dumped(served, value) == 200
    assert served.read(FILE).hex() == kept


@pytest.mark.parametrize("value", ["300 3020105", "30\t03", "zz", "30-03", "0x3003", "\x0b3003", "30\x0c03", " ", "  "])
def test_what_is_not_hexadecimal_is_refused(served: Site, value: str) -> None:
    assert dumped(served, value) == 400
    assert served.names("certs") == []
