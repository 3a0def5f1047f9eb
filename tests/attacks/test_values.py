"""Attempts to put commands into scripts by whatever a device says of itself."""

from urllib.parse import quote, urlencode

import pytest

from tests.certificates.kit import QUERIES
from tests.differences.test_row_22_identity import call
from tests.site import DEVICE, Answer, Site, answer_to, poll, site

__all__ = ["site"]

EVIL = "config change EVIL"
BREAKS = ["\r\n", "\n", "\r", "\0", "\x0b", "\x1b", "\x85", "\u2028", "\xa0", " ", "%0d%0a", "&#10;"]
FIELDS = ["sn", "hwid", "type", "ip", "env", "phase", "polling", "ver", "CHECK", "PROT", "mode", "any",
          "arg\u00fc"]  # fmt: skip
ALL = (
    '<master info="none" firmware="4711" bootcode="4712"/><status dir="status"/><backup dir="backup"/>'
    '<times polling="5" check="true" forcehttps="false"/><customcerts dir="certs" CAname="X" CAtype="manual" '
    'CSRdn-cn="{hwid}" CSRdn-o="{name}" CSRdn-ou="{realip} {rdns}" CSRsan-dns-1="{name}.example.com" '
    'CSRsan-ip-1="{realip}"/>'
    f"{QUERIES}"
)
SELF_SIGNED = (
    '<info><servercert><certificate subject_cn="{0}" issuer_cn="{0}" not_before="01.01.2010-00:00:00" '
    'not_after="31.12.2049-23:59:59"/></servercert></info>'
)


def insist(answer: Answer) -> None:
    """Insist that no command of the caller's is in a script: neither in a line of its own nor behind another one's."""
    assert answer.status < 500
    for line in answer.body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        assert line.startswith(b"#") or EVIL.encode() not in line, line
    assert not set(answer.body) & set(b"\0\x0b\x0c\x1b\x7f")


@pytest.mark.parametrize("field", FIELDS)
def test_no_argument_begins_a_line_of_the_script(site: Site, field: str) -> None:
    site.configure(ALL)
    site.snippet()
    for spoken in BREAKS:
        text = quote(f"x{spoken}{EVIL}{spoken}")
        known = urlencode(DEVICE | {"PROT": "1"}) + f"&{quote(field)}={text}"
        for query in (known, f"{quote(field)}={text}", f"{known}&{text}=1"):
            insist(call(site, query))


@pytest.mark.parametrize("spoken", BREAKS)
def test_no_answer_to_a_query_begins_one(site: Site, spoken: str) -> None:
    site.configure(ALL)
    text = f"x{spoken}{EVIL}"
    told = "".join(f"&#{ord(one)};" if ord(one) > 31 or one in "\r\n\t" else "" for one in text)
    call(site, poll().partition("?")[2])
    for query, body in (("admin", f'<info name="{told}" sn="{told}"/>'), ("certificates", SELF_SIGNED.format(told))):
        assert call(site, answer_to(query).partition("?")[2], body).status == 200
    answers = [call(site, f"{poll().partition('?')[2]}&ip={address}") for address in ("192.0.2.9", quote(text))]
    for answer in answers:
        insist(answer)
    assert "servercert-create" in answers[0].text
