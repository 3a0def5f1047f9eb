"""Rules behind the admin's pages: ages, passwords, sessions, slowing down, moving, and what a catalogue holds."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updateserver.base.times import age_of
from updateserver.fleet.joining import FirstContact, for_other_hardware, renamed
from updateserver.login.passwords import hashed, is_hash, matches
from updateserver.login.sessions import LIFETIME, Session, key_of, opened, sealed
from updateserver.login.throttle import WINDOW, Attempt, seconds_to_wait
from updateserver.web.admin import translation
from updateserver.web.admin.catalog import catalog_of
from updateserver.web.admin.rendering import device_url
from updateserver.web.admin.translation import Translation

PAGES = Path(translation.__file__).parent
ENGLISH, GERMAN = Translation("en", catalog_of(PAGES / "languages/de.po").__class__()), "de.po"
SN = "00-90-33-30-00-af"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 secs"),
        (1, "1 sec"),
        (119, "119 secs"),
        (120, "2 mins"),
        (150, "2.5 mins"),
        (7199, "120 mins"),
        (7200, "2 hours"),
        (172799, "48 hours"),
        (172800, "2 days"),
        (90 * 86400 - 1, "90 days"),
        (90 * 86400, "12.9 weeks"),
        (14 * 7 * 86400, "14 weeks"),
    ],
)
def test_ages_are_told_in_the_unit_that_reads_best(seconds: int, told: str) -> None:
    assert ENGLISH.age(1_000_000, 1_000_000 + seconds) == told


def test_never_is_the_infinity_sign() -> None:
    assert ENGLISH.age(0, 1_000_000) == "∞"


@given(st.floats(0, 1e9))
def test_an_age_never_grows_shorter_by_rounding(seconds: float) -> None:
    sizes = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
    age = age_of(seconds)
    assert float(age.number) * sizes[age.unit] == pytest.approx(seconds, abs=sizes[age.unit] * 0.051)


def test_a_hash_fits_its_password_only() -> None:
    stored = hashed("Paßwort", b"salt" * 4)
    assert is_hash(stored)
    assert not is_hash("Paßwort")
    assert matches("Paßwort", stored)
    assert not matches("passwort", stored)
    assert hashed("Paßwort", b"tlas" * 4) != stored


@given(st.text(), st.text())
def test_a_clear_password_fits_itself_only(one: str, other: str) -> None:
    assert matches(one, one) or is_hash(one)
    assert matches(one, other) == (one == other) or is_hash(other)


KEY = key_of(b"secret", "admin", "password")
SESSION = Session("id", "token", 1000, "admin")


def test_a_session_can_be_opened_until_it_is_too_old() -> None:
    text = sealed(SESSION, KEY)
    assert opened(text, KEY, 1000) == SESSION
    assert opened(text, KEY, 1000 + LIFETIME) is None
    assert opened(text, key_of(b"secret", "admin", "other"), 1000) is None


@given(st.text())
def test_nothing_else_is_a_session(text: str) -> None:
    assert opened(text, KEY, 1000) is None


@given(st.lists(st.integers(0, 2000), max_size=40), st.integers(0, 3000))
def test_nobody_waits_longer_than_five_minutes(times: list[int], now: int) -> None:
    attempts = [Attempt(time, "a") for time in sorted(times) if time <= now]
    assert 0 <= seconds_to_wait(attempts, "a", now, is_known=False) <= 300


def test_many_addresses_do_not_help_and_known_ones_are_let_through() -> None:
    attempts = [Attempt(1000, f"address {number}") for number in range(100)]
    assert seconds_to_wait(attempts, "another", 1000, is_known=False) > 0
    assert seconds_to_wait(attempts, "another", 1000, is_known=True) == 0
    assert seconds_to_wait(attempts, "another", 1000 + WINDOW, is_known=False) == 0


def test_what_is_told_to_a_new_device_is_form_encoded() -> None:
    contact = FirstContact("https://u.example/mtls/update/", ("a b", "c"), "Käthe & Co")
    assert contact.url == "https://u.example/mtls/update/update.php?env=a+b%2Cc"
    assert contact.commands == (
        "ser\r\n"
        "config add UP1 /url https://u.example/mtls/update/update.php?env=a+b%2Cc /poll 1\r\n"
        "config add CMD0 /name K%C3%A4the+%26+Co\r\n"
        "config write\r\nconfig activate\r\nmod cmd UP1 poll\r\n"
    )
    assert contact.ios.startswith("com.innovaphone.commands://ser%0D%0Aconfig+add+UP1+")
    assert contact.android.startswith("https://com.innovaphone.commands/ser%0D%0Aconfig+add+UP1+")


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ("172.16.0.1", "https://172.16.0.1/"),
        ("fd00::1", "https://[fd00::1]/"),
        ("172.16.0.1@evil.example", ""),
        ("evil.example/x", ""),
        ("fe80::1%]@evil.example/", ""),
        ("javascript:x()", ""),
        ("", ""),
    ],
)
def test_links_lead_to_addresses_only(told: str, url: str) -> None:
    assert device_url("https", told) == url


def test_only_a_devices_own_snippets_are_renamed() -> None:
    names = ["update-all-00_90_33_30_00_af.txt", "update-all-berlin.txt", "update-all-x00_90_33_30_00_af.txt"]
    assert renamed(names, SN, "00-90-33-00-00-01") == {names[0]: "update-all-00_90_33_00_00_01.txt"}


def test_a_backup_for_other_hardware_lacks_what_was_the_old_ones() -> None:
    own = [
        b"vars create X509/KEY p 12",
        b"config add LIC /x",
        b"x 0090333000AF y",
        b"config change H /id IP232-30-00-af",
    ]
    backup = b"\r\n".join([b"config change CMD0 /name x", *own])
    assert for_other_hardware(backup, SN, "IP232-30-00-af") == (b"config change CMD0 /name x\r\n", len(own))


_SINGLE = re.compile(r"(?:\b_|\btranslate)\(\s*(?:\"([^\"]+)\"|'([^']+)')")
_PLURAL = re.compile(r"(?:_|translate)\.count\(\s*\"([^\"]+)\",\s*\"([^\"]+)\"")


def test_the_catalogue_holds_all_that_the_pages_say() -> None:
    catalog = catalog_of(PAGES / "languages" / GERMAN)
    sources = [path.read_text() for path in [*PAGES.glob("templates/*.html"), *PAGES.rglob("*.py")]]
    singles = {one or other for text in sources for one, other in _SINGLE.findall(text)}
    plurals = {one for text in sources for one, _ in _PLURAL.findall(text)}
    assert singles - set(catalog.texts) == set()
    assert plurals - set(catalog.plurals) == set()


def test_translations_fill_in_the_same_values() -> None:
    catalog = catalog_of(PAGES / "languages" / GERMAN)
    pairs = [*catalog.texts.items(), *((one, text) for one, both in catalog.plurals.items() for text in both)]
    for english, german in pairs:
        assert _fields(english) == _fields(german), english


def _fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}
