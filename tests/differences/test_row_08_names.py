"""Row 8: what callers send and what becomes part of a path is nothing but a name."""

import pytest

from tests.site import HWID, SN, Site, poll

NASTY = {  # as they stand in the URL
    "one up": "../x",
    "one up, encoded": "%2e%2e%2fx",
    "one up, encoded twice": "%252e%252e%252fx",
    "one up in the middle": "a/../../x",
    "into another folder": "../scripts/update-all-default",
    "absolute": "/x",
    "slash": "a/b",
    "slash, encoded": "a%2Fb",
    "slash, overlong": "a%c0%afb",
    "backslash": "a%5Cb",
    "folder itself": ".",
    "folder above": "..",
    "hidden": ".htaccess",
    "NUL": "a%00",
    "NUL before a suffix": "a%00.xml",
    "line breaks": "a%0D%0Ab",
    "line feed at the end": "a%0A",
    "umlaut": "%C3%BC",
    "umlaut in Latin-1": "%FC",
    "digits that are not ASCII": "%D9%A1",
    "too long": "a" * 65,
    "blank": "a%20b",
    "plus": "a+b",
    "tilde": "~root",
    "colon": "c:x",
    "percent": "%25",
    "XML": "x%3E%3Cy",
    "star": "*",
}
CONFIGURATION = """
    <master info=""/><status dir="status"/><backup dir="backup"/><customcerts dir="certs"/>
    <queries><query id="admin"><applies>*</applies></query></queries>
"""
CALLS = {
    "sn of a poll": ("GET", "type=IP232&sn={}&hwid=h&ip=i"),
    "sn of a first contact": ("GET", "sn={}"),
    "hwid of a poll": ("GET", "type=IP232&sn=s&hwid={}&ip=i"),
    "hwid of a backup": ("PUT", "mode=backup&hwid={}&sn=s"),
    "sn of a backup": ("PUT", "mode=backup&hwid=h&sn={}"),
    "sn of a query": ("PUT", "mode=query&sn={}&id=admin"),
    "id of a query": ("PUT", "mode=query&sn=s&id={}"),
    "sn of a dump": ("PUT", "mode=vardump&sn={0}&var=X509/REQUESTERROR&file=certs/{0}-requesterror"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_row_08_nasty_names_are_refused(served: Site, caplog: pytest.LogCaptureFixture, call: tuple[str, str]) -> None:
    served.configure(CONFIGURATION)
    served.snippet()
    method, query = call
    with served.untouched():
        for what, name in NASTY.items():
            caplog.clear()
            target = f"update.php?{query.format(name)}"
            answer = served.ask(method, target, b"X509/REQUESTERROR p <info/>" if method == "PUT" else None, headers={})
            assert answer.status == 400, what
            assert answer.text.startswith("# "), what
            assert answer.text.count("\n") == 1, what
            assert answer.lines == [], what
            assert "refused with 400" in caplog.text, what


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_row_08_an_empty_name_names_nothing(served: Site, call: tuple[str, str]) -> None:
    served.configure(CONFIGURATION)
    command = served.snippet()
    method, query = call
    with served.untouched():
        target = f"update.php?{query.format('')}"
        answer = served.ask(method, target, b"X509/REQUESTERROR p <info/>" if method == "PUT" else None, headers={})
        assert answer.status == (400 if method == "PUT" else 200)  # a poll without a name is a first contact
        assert command not in answer.lines


def test_row_08_only_configured_queries_are_stored(served: Site) -> None:
    served.configure(CONFIGURATION)
    with served.untouched():
        answer = served.put_upload(f"update.php?mode=query&sn={SN}&id=other", "<info/>")
        assert (answer.status, answer.text) == (400, "# there is no query 'other' in the configuration - exit\r\n")


@pytest.mark.parametrize("name", ["IP800-99-99-99", "nobody.knows_this-1", "0", "a" * 64])
def test_row_08_an_odd_type_is_a_type_like_any_other(served: Site, name: str) -> None:
    served.put(f"scripts/update-{name.lower()}-default.txt", "config add ODD\r\n")
    answer = served.get(poll(type=name))
    assert answer.status == 200
    assert "config add ODD" in answer.lines


def test_row_08_the_longest_allowed_name_is_served(served: Site) -> None:
    served.configure(CONFIGURATION)
    assert served.get(poll(sn="s" * 64, hwid="h" * 64)).status == 200
    assert served.put_upload(f"update.php?mode=backup&hwid={'h' * 64}&sn={'s' * 64}", "config write").status == 200
    assert served.state("s" * 64).find("device").get("hwid") == "h" * 64


def test_row_08_usual_names_are_served(served: Site) -> None:
    assert served.get(poll()).status == 200
    assert served.state(SN).find("device").get("hwid") == HWID
