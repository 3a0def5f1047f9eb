"""The log of a state: kept as bytes where this server wrote it, taken over from wherever else it stands."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from tests.site import SN, Site, answer_to, poll
from updateserver.base.hostile_xml import xml_text
from updateserver.device import state_log
from updateserver.device.io.states import States

NOW = 1_800_000_000
HEAD = b'<state seen="1"><device sn="a"/>'
CONFIGURATION = """
    <master info=""/><status dir="status" logkeep="{logkeep}"/>
    <queries><query id="admin"><cmd>x</cmd><applies>*</applies></query></queries>
"""

Message = tuple[int, str]


def log_of(messages: Sequence[Message]) -> bytes:
    return b"".join(state_log.message(moment, text) for moment, text in messages)


def messages_of(document: bytes) -> list[Message]:
    return [(int(one.get("time")), one.get("msg")) for one in etree.fromstring(document).iterfind("msgs")]


texts = st.text(max_size=30).map(xml_text)
moments = st.integers(0, 40)


@given(st.lists(st.tuples(moments, texts), min_size=1))
@example([(1, '<msgs time="1" msg=""/></state>'), (2, "a&b"), (3, "\n\r\t"), (4, "\x7f\x85\u2028\U0001f4de ü")])
def test_what_is_written_is_what_is_read(messages: list[Message]) -> None:
    log = log_of(messages)
    document = state_log.joined(HEAD + b"</state>", log)
    assert messages_of(document) == messages
    assert state_log.split(document + b"\n") == (HEAD + b"</state>", log)
    assert state_log.times(log) == [moment for moment, _ in messages]


def kept(messages: list[Message], since: int, most: int) -> list[Message]:
    """Return what `trimmed` is to keep, as slow and plain as can be."""
    calls: list[list[Message]] = []
    for message in messages:
        if not calls or not message[1]:
            calls.append([])
        calls[-1].append(message)
    while len(calls) > 1 and (calls[0][-1][0] < since or sum(map(len, calls)) > most):
        calls.pop(0)
    return [message for call in calls for message in call]


@given(st.lists(st.tuples(moments, st.sampled_from(["", "", "a", "b"]))), st.integers(0, 40), st.integers(1, 12))
def test_whole_calls_go_that_are_too_old_or_too_many(messages: list[Message], since: int, most: int) -> None:
    messages.sort(key=lambda message: message[0])
    assert state_log.trimmed(log_of(messages), since, most, 10**6) == log_of(kept(messages, since, most))


OTHER_FORMS = {
    "no log": HEAD + b"</state>",
    "in the middle": HEAD + b'<msgs time="1" msg="a"/><firmware build="1"/><msgs time="2" msg="b"/></state>',
    "with line breaks": HEAD + b'\n<msgs time="1" msg="a"/>\n<msgs time="2" msg="b"/>\n</state>',
    "with an end tag": HEAD + b'<msgs time="1" msg="a"></msgs></state>',
    "other attributes": HEAD + b'<msgs msg="a" time="1"/></state>',
    "in a comment": HEAD + b'<!-- <msgs time="1" msg="a"/></state> --></state>',
    "in an answer": b'<state><queries><admin><msgs time="1" msg="a"/></admin></queries></state>',
    "an encoding of its own": b"<?xml version='1.0' encoding='iso-8859-1'?>"
    + HEAD
    + b'<msgs time="1" msg="\xfc"/></state>',
    "a time without end": HEAD + b'<msgs time="%s" msg=""/></state>' % (b"1" * 5000),
    "something behind it": HEAD + b'<msgs time="1" msg="a"/></state><!-- more -->',
    "nothing": b"",
    "no state": b"<msgs ",
}


@pytest.mark.parametrize("document", OTHER_FORMS.values(), ids=OTHER_FORMS)
def test_other_forms_are_left_to_the_parser(document: bytes) -> None:
    assert state_log.split(document) == (document, b"")


@pytest.mark.parametrize("document", [OTHER_FORMS[name] for name in OTHER_FORMS if name not in ("nothing", "no state")])
def test_a_poll_keeps_the_messages_of_all_forms_and_what_stands_beside_them(served: Site, document: bytes) -> None:
    served.configure(CONFIGURATION.format(logkeep=10**10))
    served.put(f"status/{SN}.xml", document)
    before = etree.fromstring(document)
    served.get(poll())
    written = served.read(f"status/{SN}.xml")
    earlier = [(0, "")] if b"1" * 5000 in document else messages_of(document)
    assert messages_of(written)[: len(earlier)] == earlier
    assert tuple(text[:5] for _, text in messages_of(written)[len(earlier) :])[:2] == ("", "phase")
    if b"<!--" not in document and b"<queries>" not in document:
        assert len(state_log.times(state_log.split(written)[1])) == len(messages_of(written))
    for name in ("device", "firmware", "queries"):
        for old in before.iterfind(name):
            (new,) = etree.fromstring(written).iterfind(name)
            assert [etree.tostring(child) for child in new] == [etree.tostring(child) for child in old]


def test_an_answer_that_looks_like_a_log_is_an_answer(served: Site) -> None:
    served.configure(CONFIGURATION.format(logkeep=1000))
    answer = '<info/><msgs time="1" msg=""/><msgs time="2" msg="a"/>'
    served.get(poll())
    assert served.put_upload(answer_to("admin"), answer).status == 200
    for _ in range(3):
        served.get(poll())
    state = served.state()
    kept_answer = [dict(one.attrib) for one in state.iterfind("queries/admin/msgs")]
    assert kept_answer == [{"time": "1", "msg": ""}, {"time": "2", "msg": "a"}]
    assert [message for _, message in messages_of(served.read(f"status/{SN}.xml"))].count("") == 4


def test_the_log_goes_with_the_time(served: Site) -> None:
    served.configure(CONFIGURATION.format(logkeep=100))
    served.get(poll())
    content = served.read(f"status/{SN}.xml")
    aged = re.sub(rb'(?<=<msgs time=")\d+', lambda found: b"%d" % (int(found[0]) - 101), content)
    served.put(f"status/{SN}.xml", aged)
    served.get(poll())
    written = messages_of(served.read(f"status/{SN}.xml"))
    assert [text for _, text in written].count("") == 1
    assert len(written) == len(messages_of(content))


def test_both_ways_to_read_a_state_agree(served: Site) -> None:
    served.get(poll())
    states, folder = States(served.root / "cache" / "locks"), served.root / "status"
    whole, apart = states.read(folder, SN), states.read_for_poll(folder, SN)
    assert apart.log
    assert state_log.joined(etree.tostring(apart.state), apart.log) == etree.tostring(whole.state)
