"""First contact: which state arguments a device's new URL has, and in which order."""

from urllib.parse import unquote

import pytest

from tests.site import Answer, Site

MISSING = "type=#t&sn=#m&hwid=#h&ip=#i"


def new_query(answer: Answer) -> str:
    (url,) = [line.removeprefix("config add UP1 /url ") for line in answer.lines if "UP1 /url" in line]
    return unquote(url).partition("?")[2]


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("polling=5&phase=update", f"{MISSING}&polling=5&phase=update"),
        ("phase=update&polling=0", f"{MISSING}&phase=update&polling=0"),
        ("phase=&polling=", f"{MISSING}&phase=&polling="),
        ("polling=x&env=default&phase=staging&a=1", f"{MISSING}&polling=x&env=default&phase=staging&a=1"),
        ("phase=0&type=IP232&polling=7", "sn=#m&hwid=#h&ip=#i&phase=0&type=#t&polling=7"),
        ("phase=update&polling=5&phase=other", f"{MISSING}&phase=other&polling=5"),
    ],
)
def test_both_state_arguments_given_stay_as_they_are_and_where_they_are(served: Site, asked: str, given: str) -> None:
    answer = served.get(f"update.php?{asked}")
    assert new_query(answer) == given
    assert [line.split(" /")[0] for line in answer.lines] == ["config add UP1"] * 2 + [
        "config write",
        "config activate",
    ]


@pytest.mark.parametrize(
    ("asked", "given", "polls"),
    [
        ("", f"polling=5&phase=update&{MISSING}", "provision 5"),
        ("phase=update", f"polling=5&phase=update&{MISSING}", "provision 5"),
        ("phase=staging&a=1", f"polling=5&phase=staging&{MISSING}&a=1", "provision 5"),
        ("polling=0", f"polling=0&phase=update&{MISSING}", "provision 0"),
        ("polling=7&env=default", f"polling=7&phase=update&{MISSING}&env=default", "provision 5"),
    ],
)
def test_a_state_argument_that_is_not_given_is_added(served: Site, asked: str, given: str, polls: str) -> None:
    answer = served.get(f"update.php?{asked}")
    assert new_query(answer) == given
    assert f"mod cmd UP1 {polls}" in answer.lines


def test_nothing_is_recorded_of_it(served: Site) -> None:
    with served.untouched():
        served.get("update.php?polling=5&phase=update&sn=00-90-33-30-00-af")
