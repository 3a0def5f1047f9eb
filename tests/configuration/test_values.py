import pytest
from hypothesis import given
from hypothesis import strategies as st

from updateserver.configuration.typed import listed
from updateserver.configuration.values import leading_number, trimmed


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("90", 90),
        ("", 0),
        ("abc", 0),
        ("15x", 15),
        (" 7", 7),
        ("-3", -3),
        ("+4", 4),
        ("1.9", 1),
        ("0010", 10),
        ("x9", 0),
    ],
)
def test_a_number_is_what_the_text_begins_with(text: str, number: int):
    assert leading_number(text) == number


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_numbers_of_64_bits_are_themselves(number: int):
    assert leading_number(str(number)) == number


@given(st.text())
def test_any_text_is_some_number(text: str):
    assert isinstance(leading_number(text), int)


def test_endless_digits_are_the_largest_number():
    assert leading_number("9" * 10_000) == 2**63 - 1


def test_trimming_takes_white_space_of_both_ends():
    assert trimmed(" \t\r\n a b\v\0") == "a b"


def test_lists_are_trimmed_and_lose_empty_parts():
    assert listed(" a, b ,,", ",") == ("a", "b")


def test_a_list_without_separator_is_one_text():
    assert listed("a,b", "") == ("a,b",)
