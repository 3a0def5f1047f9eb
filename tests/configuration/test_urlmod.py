"""`times/@httpsurlmod` against what PHP 8.2 (PCRE 10.42) answered.

`preg_replace.json` holds modifiers, each with the bytes that `preg_replace` made of one URL, as Latin-1; null where it
refused the pattern. The modifiers were split as the reference system does: at each occurrence of the first character.
"""

import json
import re
from pathlib import Path

import pytest

from updateserver.poll.url_modification import parse

_TABLE = json.loads(Path(__file__).with_name("preg_replace.json").read_text("utf-8"))
URL = _TABLE["url"]
FAILS_ON_THIS_URL = {"!(?R)?host!q!"}  # a pattern that calls itself for ever
NOT_TAKEN = {"!mtls/", " !mtls/!i", r"!\C!q!"}  # half a modifier, one behind a blank, one that could halve letters


def modified(modifier: str, url: str = URL) -> str:
    """Return the URL that a device is given, as Latin-1."""
    try:
        return parse(modifier).apply(url).encode("utf-8", "surrogateescape").decode("latin-1")
    except ValueError:
        return url


@pytest.mark.parametrize(("modifier", "php"), _TABLE["results"])
def test_a_modifier_does_what_it_does_in_php(modifier: str, php: str | None) -> None:
    assert modified(modifier) == (URL if php is None or modifier in NOT_TAKEN else php)


@pytest.mark.parametrize(
    "modifier", [one for one, php in _TABLE["results"] if php is None and one not in FAILS_ON_THIS_URL]
)
def test_what_php_refuses_is_told(modifier: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(modifier))):
        parse(modifier)


@pytest.mark.parametrize("pattern", [r"(.*.*.*.*.*.*)*\x00", r"(a+)+\x00", r"(?:a|aa)+\x00", "(?R)?x"])
def test_a_pattern_that_runs_wild_leaves_the_url_as_it_is(pattern: str) -> None:
    url = "https://host/" + "a" * 2000
    assert modified(f"!{pattern}!x!", url) == url


def test_bytes_that_are_no_utf_8_pass() -> None:
    assert modified("!mtls/!!", "https://h/mtls/\udcfc") == "https://h/\xfc"
    assert modified("!mtls/!!u", "https://h/mtls/\udcfc") == "https://h/mtls/\udcfc".encode(
        "utf-8", "surrogateescape"
    ).decode("latin-1")
