"""The filter of the overview: what it finds, and that a second, simple way of judging says the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from updateserver.fleet.filter import FilterWords, InBucket, matches, searchable, terms

PHONE = ("172.16.0.20", "192.0.2.7", "00-90-33-30-00-af", "IP222", "Lobby (new) 16a", "update", "phone, ip222",
         "berlin", "13A127", "113454")  # fmt: skip


def finds(text: str, texts: tuple[str, ...] = PHONE, *, is_missing: bool = False) -> bool:
    words = [term for term in terms(text) if isinstance(term, FilterWords)]
    return matches(words, searchable(texts), is_missing=is_missing)


@pytest.mark.parametrize(
    "text",
    ["", "16", "172.16.", "172.16. ip222", "IP222", "lobby", "LOBBY", "00-90-33-30-00-af", "0090333000AF", "90-33",
     "00:90:33:30:00:af", "0090.3330.00AF", "00.90.33.30.00.af", "3000af", "30:00:af",
     "update", "phone", "berlin", "13a127", "113454", "ip2?2", "ip*", "*22", "lob*16a", "present", "pres*", "*",
     "172.16.*.20", "192.0.2.7", ".", "ip222 ip222 update"],
)  # fmt: skip
def test_it_finds(text: str) -> None:
    assert finds(text)


@pytest.mark.parametrize(
    "text",
    ["17", "6", "172.1", "ip22", "lob", "obby", "ip2?", "172.16. ip232", "0090333000a", "009033300000", "missing",
     "presen", "berlin*update", "update*berlin", "?ip222", "[i]p222", "ip222|x"],
)  # fmt: skip
def test_it_does_not_find(text: str) -> None:
    assert not finds(text)


def test_sixteen_is_no_part_of_192_168() -> None:
    assert not finds("16", ("192.168.0.1",))


def test_missing_devices_are_found_by_that_word() -> None:
    assert finds("missing", is_missing=True)
    assert not finds("present", is_missing=True)


def test_a_bar_of_a_chart_is_a_term() -> None:
    found = terms("seen:day state:error seen:other")
    assert found[:2] == [InBucket("seen", "day"), InBucket("state", "error")]
    assert isinstance(found[2], FilterWords)


def test_a_term_that_would_keep_other_engines_busy_is_judged_at_once() -> None:
    assert not finds("*a" * 40 + "*b", ("a" * 200,) * 10)


@given(st.text(max_size=3000))
def test_any_text_is_a_filter(text: str) -> None:
    finds(text)


WORDS = st.text(alphabet="aB1.-* ?", max_size=8)


@given(WORDS, st.lists(st.text(alphabet="abAB1.- ", max_size=8), max_size=3).map(tuple), st.booleans())
@example("a*b", ("ab a", "b"), False)
@example("*", (".",), False)
def test_the_simple_way_says_the_same(text: str, texts: tuple[str, ...], is_missing: bool) -> None:
    state = "missing" if is_missing else "present"
    wanted = all(any(simply_matches(word, one) for one in (*texts, state)) for word in text.split())
    assert finds(text, texts, is_missing=is_missing) == wanted


def simply_matches(word: str, text: str) -> bool:
    """Try each part of a text that begins and ends at the border of a word."""
    word, text = word.lower(), text.lower()
    borders = [place for place in range(len(text) + 1) if is_border(text, place)]
    return any(looks_like(word, text[start:end]) for start in borders for end in borders if end >= start)


def is_border(text: str, place: int) -> bool:
    before, after = text[:place][-1:], text[place:][:1]
    return before.isalnum() != after.isalnum()


def looks_like(word: str, text: str) -> bool:
    if not word:
        return not text
    if word[0] == "*":
        return any(looks_like(word[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and word[0] in ("?", text[0]) and looks_like(word[1:], text[1:])
