"""Row 29: what a device answers is kept whole, or refused; and whatever is kept, the state can be read again."""

import pytest
from lxml import etree

from tests.site import SN, Site, answer_to, poll

QUERIES = """
    <master info=""/><status dir="status"/><queries>
        <query id="admin"><cmd>x</cmd><applies>*</applies></query>
        <query id="other"><cmd>x</cmd><applies>*</applies></query>
    </queries>
"""


def stored(served: Site, body: bytes | str, *, chunked: bool = False) -> etree._Element:
    """Return an answer as the state shows it."""
    served.configure(QUERIES)
    served.get(poll())
    answer = served.put_upload(answer_to("admin"), body, chunked=chunked)
    assert (answer.status, answer.text) == (200, f"# queries admin for {SN} saved\r\n")
    return served.state().find("queries/admin")


@pytest.mark.parametrize("chunked", [False, True])
def test_row_29_text_goes_on_after_an_ampersand(served: Site, chunked: bool) -> None:
    answer = stored(served, '<info name="A &amp; B &lt;C&gt;">fish &amp; chips &#38; more</info>', chunked=chunked)
    assert answer.find("info").get("name") == "A & B <C>"
    assert answer.findtext("info") == "fish & chips & more"


UMLAUTS = '<info name="Müller">Größe</info>'


@pytest.mark.parametrize(
    "body",
    [
        UMLAUTS.encode(),
        b'<?xml version="1.0"?>' + UMLAUTS.encode(),
        b'<?xml version="1.0" encoding="utf-8"?>\r\n' + UMLAUTS.encode(),
        b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>" + UMLAUTS.encode(),
        b'<?xml version="1.0" encoding="iso-8859-1"?>' + UMLAUTS.encode("iso-8859-1"),
        b"\r\n<?xml version='1.0' encoding = 'ISO-8859-1' ?>" + UMLAUTS.encode("iso-8859-1"),
        b'<?xml version="1.0" encoding="windows-1252"?>' + UMLAUTS.encode("cp1252"),
        b"\xef\xbb\xbf" + UMLAUTS.encode(),
        b'\xef\xbb\xbf<?xml version="1.0"?>' + UMLAUTS.encode(),
        b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>' + UMLAUTS.encode(),
    ],
    ids=[
        "none", "no encoding", "UTF-8", "single quotes", "Latin-1", "white space", "Windows", "BOM",
        "BOM and declaration", "BOM and encoding",
    ],
)  # fmt: skip
def test_row_29_a_declaration_is_accepted_and_its_encoding_counts(served: Site, body: bytes) -> None:
    answer = stored(served, body)
    assert answer.find("info").get("name") == "Müller"
    assert answer.findtext("info") == "Größe"


def test_row_29_an_answer_may_have_several_elements_and_text_or_nothing(served: Site) -> None:
    assert [child.tag for child in stored(served, "<a/>text<b/>")] == ["a", "b"]
    assert len(stored(served, "")) == 0


def test_row_29_a_new_answer_takes_the_place_of_the_old_one(served: Site) -> None:
    stored(served, "<old/>")
    answer = stored(served, "<new/>")
    assert [child.tag for child in answer] == ["new"]
    assert len(served.state().findall("queries/admin")) == 1


REFUSED = {
    "entity bomb": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><info>&b;</info>',
    "doctype": b"<!DOCTYPE info><info/>",
    "declaration and doctype": b'<?xml version="1.0"?><!DOCTYPE info SYSTEM "file:///etc/passwd"><info/>',
    "unknown entity": b"<info>&unknown;</info>",
    "file as entity": b'<!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/passwd">]><info>&x;</info>',
    "bare ampersand": b"<info>fish & chips</info>",
    "not closed": b"<info>",
    "not opened": b"</info>",
    "cut off": b'<info name="x"',
    "out of the wrapper": b"</admin>",
    "out and in again": b"</admin><admin>",
    "out, something, and in again": b'</admin><other seen="1"><info/></other><admin>',
    "out of the state": b"</admin></queries></state><state><queries><admin>",
    "out, and the rest a comment": b"</admin><!-- ",
    "out, and the rest text": b"</admin><![CDATA[",
    "two declarations": b'<?xml version="1.0"?><?xml version="1.0"?><info/>',
    "declaration inside": b'<info><?xml version="1.0"?></info>',
    "no UTF-8": b"<info>\xfc</info>",
    "not what it says": b'<?xml version="1.0" encoding="ascii"?><info>\xfc</info>',
    "unknown encoding": b'<?xml version="1.0" encoding="klingon"?><info/>',
    "encoding that is a trap": b'<?xml version="1.0" encoding="undefined"?><info/>',
    "encoding that is no encoding": b'<?xml version="1.0" encoding="punycode"?><info-\x7f/>',
    "encoding that is compression": b'<?xml version="1.0" encoding="zlib"?><info/>',
    "NUL": b"<info>\0</info>",
    "control character": b"<info>\x01</info>",
    "control character, written": b"<info>&#1;</info>",
    "surrogate": b'<?xml version="1.0" encoding="unicode_escape"?><info>\\ud800</info>',
    "same attribute twice": b'<info a="1" a="2"/>',
    "too deep": b"<a>" * 5000 + b"</a>" * 5000,
}


def test_row_29_what_is_no_xml_is_refused_and_the_old_answer_stays(
    served: Site, caplog: pytest.LogCaptureFixture
) -> None:
    stored(served, "<info/>")
    with served.untouched():
        for what, body in REFUSED.items():
            caplog.clear()
            answer = served.put_upload(answer_to("admin"), body)
            assert answer.status == 400, what
            assert answer.text.startswith("# invalid xml: "), what
            assert answer.text.count("\n") == 1, what
            assert "refused with 400: invalid xml" in caplog.text, what


@pytest.mark.parametrize("depth", [*range(248, 260), 1000])
def test_row_29_no_depth_makes_the_state_unreadable(served: Site, depth: int) -> None:
    served.configure(QUERIES)
    served.get(poll())
    served.put_upload(answer_to("other"), "<info/>")
    status = served.put_upload(answer_to("admin"), "<a>" * depth + "</a>" * depth).status
    served.get(poll())
    assert served.names("status") == [f"{SN}.xml", "lastcleanup"]
    assert served.state().find("queries/other/info") is not None
    assert (served.state().find("queries/admin/a") is not None) == (status == 200)


@pytest.mark.parametrize("body", ['<a xml:id="x"/>', '<a xmlns="urn:x"/>', "<!-- x --><?x y?>", "<![CDATA[<x>&]]>"])
def test_row_29_the_same_in_two_answers_is_harmless(served: Site, body: str) -> None:
    stored(served, body)
    assert served.put_upload(answer_to("other"), body).status == 200
    served.get(poll())
    assert served.names("status") == [f"{SN}.xml", "lastcleanup"]
    assert [answer.tag for answer in served.state().find("queries")] == ["admin", "other"]
