"""Rows 1 and 2: which environments a device is in, seen by the snippets that it gets."""

import pytest

from tests.site import SN, Site, poll

ENVIRONMENTS = """
    <environment id="a"><implies>b</implies></environment>
    <environment id="b"><implies>d</implies></environment>
    <environment id="c"/>
    <environment id="d"/>
    <environment id="ring1"><implies>ring2</implies></environment>
    <environment id="ring2"><implies>ring3</implies></environment>
    <environment id="ring3"><implies>ring1</implies></environment>
    <environment id="self"><implies> self </implies></environment>
"""


def environments_of(served: Site, asked: str) -> list[str]:
    """Return the environments whose snippets a device gets that says so, in their order."""
    served.configure(f'<master info=""/><status dir="status"/><environments>{ENVIRONMENTS}</environments>')
    for name in ("a", "b", "c", "d", "ring1", "ring2", "ring3", "self"):
        served.put(f"scripts/update-all-{name}.txt", f"config add ENV /is {name}\r\n")
    lines = served.get(poll(env=asked)).lines
    told = served.state(SN).find("device").get("environments").split(", ")
    delivered = [line.removeprefix("config add ENV /is ") for line in lines if line.startswith("config add ENV")]
    assert told == delivered
    return delivered


def test_row_01_each_listed_environment_counts_and_brings_what_it_implies(served: Site) -> None:
    assert environments_of(served, "c,a") == ["c", "a", "b", "d"]


def test_row_01_an_environment_counts_once_and_at_its_first_place(served: Site) -> None:
    assert environments_of(served, "b,a,b,d,c") == ["b", "d", "a", "c"]


def test_row_02_what_is_implied_is_followed_to_the_end(served: Site) -> None:
    assert environments_of(served, "a") == ["a", "b", "d"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("ring1", ["ring1", "ring2", "ring3"]), ("ring3,c", ["ring3", "ring1", "ring2", "c"]), ("self", ["self"])],
)
def test_row_02_environments_that_imply_each_other_are_harmless(served: Site, asked: str, found: list[str]) -> None:
    assert environments_of(served, asked) == found
