"""Whatever a device says and whatever stands in the data: a script has the lines that it should have, and no others."""

import string
from dataclasses import replace
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.redirection.kit import CERTIFICATE, HOSTING, MAC, NOW, PROJECT, asking, judged, script
from updateserver.base.lines import joined
from updateserver.redirection.asking import asking_of
from updateserver.redirection.builds import is_build, is_older
from updateserver.redirection.registry import Customer, Project, RedirectionSettings
from updateserver.redirection.reports import written
from updateserver.redirection.verdict import verdict

NASTY = [
    "\r\nconfig rem UP1",
    "x\nreset",
    "x\rreset",
    "\0",
    "a b c",
    " /url http://evil.example.com/",
    "%0d%0areset",
    "#m",
    "../../etc/passwd",
    "A" * 5000,
    "\udcff\udcfe",
    "\u2028reset",
    "\x85reset",
    "';DROP TABLE device;--",
    "-1",
    "9" * 400,
]
SAID = ["mac", "hwid", "type", "firm", "boot", "localip", "nostdprv", "ver", "provisioning-code", "other"]
BEGINNINGS = ("# ", "vars create ", "mod cmd UP1 setvar r-", "config change UP1 ", "config write", "config activate")
BEGINNINGS += ("config rem UP1 /",)


def lines_of(body: bytes) -> list[str]:
    """Split as a careless device might: at everything that anybody takes for the end of a line."""
    return (
        body.decode("utf-8", "surrogateescape").replace("\r\n", "\n").removesuffix("\n").replace("\r", "\n").split("\n")
    )


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("value", NASTY)
@pytest.mark.parametrize("projects", [(), (replace(PROJECT, trust=f"*:{CERTIFICATE}"),)])
def test_nothing_that_a_device_says_begins_a_line(name: str, value: str, projects: tuple[Project, ...]) -> None:
    told = judged(asking(**{name: value}), *projects)
    lines = lines_of(joined(told.lines))
    assert len(lines) == len(told.lines)
    assert all(line.startswith(BEGINNINGS) for line in lines)
    assert not any("evil" in line or "passwd" in line or "DROP" in line for line in lines)


@given(st.dictionaries(st.sampled_from(SAID), st.text(max_size=80)))
def test_any_call_has_a_script_of_known_lines(arguments: dict[str, str]) -> None:
    told = verdict(asking_of(arguments, "203.0.113.9"), (), RedirectionSettings(), "http://x.example.com/init", NOW)
    assert all(line.startswith(BEGINNINGS) for line in lines_of(joined(told.lines)))


TEXTS = ["two words", "a+b", "100%", "x\nreset", "#m", "Bü & Söhne", "x /url y", "'\"`$(reboot)", "\udcff"]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_of_the_data_are_one_word_of_one_line(text: str) -> None:
    project = replace(PROJECT, name=text, comment=text, customer=Customer(1, text), trust="*:")
    told = judged(asking(), project)
    if told.lines:  # with a line break in it, the project cannot be used
        words = [line.split(" ") for line in lines_of(joined(told.lines)) if " setvar " in line]
        assert {len(parts) for parts in words} == {6}
        assert [parts[5] for parts in words].count(written(text)) == 3
    assert unquote_plus(written(text), errors="surrogateescape") == text


@pytest.mark.parametrize(
    "trust", ["3082\nreset", "3082 /x", "30 82 05", "x:3082", "type;ip:3082", "3" * 100_000, "308"]
)
def test_trust_that_is_no_certificate_is_never_sent(trust: str) -> None:
    told = judged(asking(), replace(PROJECT, trust=trust))
    assert not any("TRUSTED" in line and trust in line for line in told.lines)


@pytest.mark.parametrize("url", [f"https://x.example.com/{nasty}" for nasty in NASTY if " " in nasty or "\n" in nasty])
def test_url_with_blanks_or_line_breaks_is_never_sent(url: str) -> None:
    assert script(asking(), replace(PROJECT, url=url)) == []


def test_numbers_are_bounded() -> None:
    call = asking(nostdprv="9" * 12, ver="x[1], Bootcode[2], Hardware[99999999999]", firm="9" * 40, boot="-1")
    assert (call.first_call, call.hardware, call.firmware, call.bootcode) == (None, "", "", "")
    assert Project(0, HOSTING).faults
    assert Project(2**60, HOSTING).faults


def test_long_code_is_cut() -> None:
    assert len(asking(**{"provisioning-code": "7" * 9999}).code) == 64


def test_mac_of_odd_letters_is_none() -> None:
    assert asking(mac="00-90-33-30-00-\u0661\u0661").mac == ""
    assert asking(mac=f"{MAC}-00").mac == ""


@given(st.text(string.digits + "Aa", min_size=4, max_size=8), st.text(string.digits + "Aa", min_size=4, max_size=8))
def test_of_two_builds_at_most_one_is_older(one: str, other: str) -> None:
    if is_build(one) and is_build(other):
        assert not (is_older(one, other) and is_older(other, one))
