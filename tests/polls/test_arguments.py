"""Arguments of a poll are named as PHP names them, so that URLs of a migrated site mean the same."""

import pytest

from tests.polls.test_first_contact import MISSING, new_query
from tests.site import Site, cgi, poll
from updateserver.device.request import variable_name
from updateserver.web.call import arguments

KEPT = {
    " lead=1": {"lead": "1"},
    "+lead=1": {"lead": "1"},
    "%20%20lead=1": {"lead": "1"},
    "a+b=1": {"a_b": "1"},
    "a%20b=1": {"a_b": "1"},
    "a.b=1": {"a_b": "1"},
    "a.b.c+d=1": {"a_b_c_d": "1"},
    " .a=1": {"_a": "1"},
    ".=1": {"_": "1"},
    "trail+=1": {"trail_": "1"},
    "a[b=1": {"a_b": "1"},
    "a%5Bb=1": {"a_b": "1"},
    "a[=1": {"a_": "1"},
    "a[b.c d[e=1": {"a_b_c_d_e": "1"},
    "a]b=1": {"a]b": "1"},
    "a]b[c.d=1": {"a]b_c_d": "1"},
    "a-b=1": {"a-b": "1"},
    "%C3%BC.x=1": {"ü_x": "1"},
    "a+b=1&c=3&a.b=2": {"a_b": "2", "c": "3"},
    "a_b=1&a[b=2": {"a_b": "2"},
    "A=1&a=2": {"A": "1", "a": "2"},
    "a[k]=1&a=2": {"a": "2"},
    "a": {"a": ""},
}
DROPPED = ["[x=1", "[x]=1", "[]=1", "=1", "%20=1", "", "&&", "a[]=1", "a[k]=1", "a[k]c=1", "a[b][c=1", "a=1&a[]=2"]


@pytest.mark.parametrize(("query", "told"), KEPT.items(), ids=KEPT)
def test_an_argument_is_named_as_php_names_it(query: str, told: dict[str, str]) -> None:
    assert arguments(query) == told
    assert arguments("", query.encode()) == told
    assert list(arguments(query)) == list(told)


@pytest.mark.parametrize("query", DROPPED)
def test_an_argument_without_a_name_and_a_list_are_none(query: str) -> None:
    assert arguments(query) == {}


def test_a_list_is_told_apart() -> None:
    assert variable_name("a.b[c.d]") == ("a_b", True)


def test_the_new_url_names_them_so(served: Site) -> None:
    answer = served.get("update.php?a.b=1&+c=x&env[]=berlin&d[e=2&polling=5&phase=update")
    assert new_query(answer) == f"{MISSING}&a_b=1&c=x&d_e=2&polling=5&phase=update"


@pytest.mark.parametrize("odd", ["env[]=nowhere", "env[x]=nowhere", "phase[]=none", "CHECK[]=1", "mode[]=x", "x[]=1"])
def test_a_list_counts_as_not_given(served: Site, odd: str) -> None:
    command = served.snippet()
    assert command in served.get(f"{poll()}&{odd}").lines
    assert command in cgi(served.root, f"{poll()}&{odd}".partition("?")[2]).lines


def test_required_arguments_may_be_spelled_so(served: Site) -> None:
    command = served.snippet()
    assert command in served.get(poll().replace("&sn=", "&%20sn=")).lines


def test_a_required_argument_that_is_a_list_is_missing(served: Site) -> None:
    served.snippet()
    answer = served.get(poll().replace("&ip=", "&ip[]="))
    assert "# missing query args: ip" in answer.text
