"""A state does not grow without end: old messages go first, then the largest answers, and what matters stays."""

import pytest
from lxml import etree

from tests.site import SN, Site, answer_to, poll
from updateserver.device import state_log
from updateserver.device.io.states import Keeping, States
from updateserver.device.steps import Log

CONFIGURATION = """
    <master info=""/><status dir="status" logkeep="{logkeep}" maxsize="{maxsize}"/>
    <queries maxsize="900000">
        <query id="admin"><cmd>x</cmd><applies>*</applies></query>
        <query id="other"><cmd>x</cmd><applies>*</applies></query>
    </queries>
"""
LONG = 10**9
MATTERS = (
    '<firmware build="138000" requested="138000"/><bootcode build="1"/>'
    '<config filename="scripts/update-all-default.txt" delivered="5" version="4"/>'
)
OF_PHP = '<msgs time="1800000000" msg="a message of the PHP server &amp; more"/>'


def size(site: Site) -> int:
    return (site.root / f"status/{SN}.xml").stat().st_size


def grown(answer: int = 0, log: int = 0) -> str:
    """Return the state of a device with so many bytes of an answer and of a log, such as PHP leaves it."""
    other = f'<other seen="1">{"<a/>" * (answer // 4)}</other>'
    answers = f'<queries><admin seen="1"><info name="Lobby"/></admin>{other}</queries>'
    half = OF_PHP * (log // len(OF_PHP) // 2)
    return (
        f'<state seen="1" own="x"><device sn="{SN}" known="7" hwid="IP232-30-00-af" classes="phone, ip232"/>'
        f"{half}{MATTERS}{answers}{half}</state>"
    )


def facts(site: Site) -> list[bytes]:
    """Return what must not be lost."""
    state = site.state()
    found = [state.find("device").get("known"), state.get("own"), state.find("queries/admin/info").get("name")]
    assert found == ["7", "x", "Lobby"]
    return [etree.tostring(state.find(name)) for name in ("firmware", "bootcode", "config")]


@pytest.mark.parametrize("maxsize", ["", "2097152", "100000", "1"])
@pytest.mark.parametrize(("answer", "log"), [(0, 5_000_000), (5_000_000, 0), (2_500_000, 2_500_000)])
def test_a_state_of_five_megabytes_is_within_its_limit_after_one_poll(
    served: Site, maxsize: str, answer: int, log: int
) -> None:
    served.configure(CONFIGURATION.format(logkeep=LONG, maxsize=maxsize))
    served.put(f"status/{SN}.xml", grown(answer, log))
    before = facts(served)
    assert served.get(poll()).status == 200
    assert size(served) <= max(65536, int(maxsize or 2097152)) + 100
    assert facts(served) == before
    assert any(message.startswith("phase: ") for message in served.log())
    assert (served.state().find("queries/other") is None) == bool(answer)
    told = [message for message in served.log() if "the answer to query 'other' was removed" in message]
    assert len(told) == (1 if answer else 0)
    served.get(poll())
    assert served.put_upload(answer_to("other"), "<info/>").status == 200


def test_a_log_that_grows_stays_within_the_limit_and_ends_with_the_last_call(served: Site) -> None:
    served.configure(CONFIGURATION.format(logkeep=LONG, maxsize="65536"))
    for number in range(12):
        served.get(poll(env="x" * 8000, PROT=str(number)))
        assert size(served) <= 65636
    served.get(poll(PROT="last"))
    assert any(message.startswith("phase: ") for message in served.log())
    assert "x" * 900 in "".join(served.log())


def test_one_call_alone_does_not_exceed_the_limit(tmp_path) -> None:
    states = States(tmp_path / "locks")
    messages = [Log(""), *(Log("\U0001f4de" * 1000) for _ in range(100)), Log("the last one")]
    states.record(tmp_path, SN, messages, Keeping(1_800_000_000, LONG, 65536))
    content = (tmp_path / f"{SN}.xml").read_bytes()
    assert len(content) < 65_700
    assert etree.fromstring(content).findall("msgs")[-1].get("msg") == "the last one"


def test_what_is_small_is_left_as_it_is(served: Site) -> None:
    served.configure(CONFIGURATION.format(logkeep=LONG, maxsize=""))
    served.put(f"status/{SN}.xml", grown(200_000, 200_000))
    served.get(poll())
    assert len(served.state().find("queries/other")) == 50_000
    assert sum("PHP server" in message for message in served.log()) == 2 * (200_000 // len(OF_PHP) // 2)


def test_an_answer_for_which_there_is_no_room_is_refused(served: Site) -> None:
    served.configure(CONFIGURATION.format(logkeep=LONG, maxsize="100000"))
    served.get(poll())
    assert served.put_upload(answer_to("admin"), "<info/>").status == 200
    answer = served.put_upload(answer_to("other"), "<a/>" * 40_000)
    assert (answer.status, "larger than allowed" in answer.text) == (413, True)
    assert [one.tag for one in served.state().find("queries")] == ["admin"]
    assert size(served) < 100_000


def test_bytes_are_cut_at_whole_messages() -> None:
    log = b"".join(state_log.message(5, text) for text in ("", "a" * 50, "b" * 50, "", "c" * 50))
    for most in range(len(log) + 5):
        kept = state_log.trimmed(log, 0, 100, most)
        assert len(kept) <= most
        assert log.endswith(kept)
        assert kept[:6] in (b"<msgs ", b"")
