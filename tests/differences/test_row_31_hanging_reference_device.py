"""Row 31: a reference device or a name server that does not answer holds nobody up who does not need it.

What is observed is the order in which calls end, and how often the reference device is called.
"""

import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from tests.site import HWID, SN, Site, Together, answer_to, cgi, poll
from updateserver.base.io.lookups import within
from updateserver.virtual.reference import VirtualReference

OTHER = {"sn": "00-90-33-00-00-01", "hwid": "IP232-00-00-01"}
CACHE = "cache/master-info.xml"
STALE = '<info><sys version="12r2 IP811[12.4567], Bootcode[120000], Hardware[300] "/></info>'
DAY = 86400


@pytest.fixture
def reference() -> Iterator[VirtualReference]:
    with VirtualReference(mood="hang") as device:
        yield device


@pytest.fixture
def served(served: Site, reference: VirtualReference) -> Site:
    served.configure(
        f'<master info="{reference.url}"/><status dir="status"/><backup dir="backup"/>'
        '<queries><query id="admin"><applies>*</applies></query></queries>'
    )
    return served


class Waiting:
    """A poll of the usual device that waits for the reference device."""

    def __init__(self, served: Site, reference: VirtualReference) -> None:
        asked = reference.asked
        self.text = ""
        self._thread = threading.Thread(target=self._run, args=(served,))
        self._thread.start()
        wait_until(lambda: reference.asked > asked)

    def _run(self, served: Site) -> None:
        self.text = served.get(poll()).text

    @property
    def is_answered(self) -> bool:
        return not self._thread.is_alive()

    def end(self) -> str:
        self._thread.join()
        return self.text


def wait_until(condition) -> None:
    while not condition():
        time.sleep(0.005)


def firmware_of(text: str) -> list[str]:
    return [line.split()[-1] for line in text.splitlines() if line.startswith("mod cmd UP0 prot ")]


def test_row_31_without_a_cache_only_those_wait_who_need_the_builds(served: Site, reference: VirtualReference) -> None:
    for device in ({}, OTHER):
        served.get(poll(env="unknown", **device))
    waiting = Waiting(served, reference)
    assert served.put_upload(answer_to("admin"), "<info/>").status == 200
    assert served.put_upload(f"update.php?mode=backup&hwid={HWID}&sn={SN}", "config write").status == 200
    assert served.put_upload(answer_to("admin", OTHER["sn"]), "<info/>").status == 200
    assert served.get("update.php?type=IP232").status == 200
    assert served.get(poll(env="unknown", **OTHER)).status == 200
    assert not waiting.is_answered
    assert "cannot get cached PBX info" in waiting.end()
    assert served.state().find("queries/admin/info") is not None


def test_row_31_whoever_has_an_old_answer_goes_on_with_it(served: Site, reference: VirtualReference) -> None:
    served.put(CACHE, STALE, age=30 * DAY)
    waiting = Waiting(served, reference)
    assert firmware_of(served.get(poll(**OTHER)).text) == ["124567"]
    assert firmware_of(cgi(served.root, poll(**OTHER).partition("?")[2]).text) == ["124567"]
    assert not waiting.is_answered
    assert firmware_of(waiting.end()) == ["124567"]
    assert reference.asked == 1


def test_row_31_many_at_once_ask_once_and_the_failure_is_remembered(served: Site, reference: VirtualReference) -> None:
    everybody = Together()
    texts: list[str] = []
    for number in range(12):
        call = partial(served.get, poll(sn=f"00-90-33-00-00-{number:02x}", hwid=f"IP232-00-00-{number:02x}"))
        everybody.add(lambda call=call: texts.append(call().text))
    everybody.run()
    assert len(texts) == 12
    assert all("cannot get cached PBX info" in text for text in texts)
    assert "cannot get cached PBX info" in served.get(poll()).text
    assert "cannot get cached PBX info" in cgi(served.root, poll().partition("?")[2]).text
    assert reference.asked == 1
    reference.mood = "well"
    served.age(f"{CACHE}.failed", 120)
    assert firmware_of(served.get(poll()).text) == ["13A127"]
    assert firmware_of(served.get(poll()).text) == ["13A127"]
    assert reference.asked == 2


@pytest.mark.parametrize("mood", ["error", "garbage", "down"])
def test_row_31_any_failure_is_remembered_and_the_old_answer_serves(
    served: Site, reference: VirtualReference, mood: str
) -> None:
    reference.mood = mood
    served.put(CACHE, STALE, age=30 * DAY)
    for _ in range(5):
        assert firmware_of(served.get(poll()).text) == ["124567"]
    assert reference.asked == 1
    assert served.read(CACHE) == STALE.encode()


def test_an_answer_is_used_until_it_expires(served: Site, reference: VirtualReference) -> None:
    reference.mood = "well"
    for _ in range(3):
        assert firmware_of(served.get(poll()).text) == ["13A127"]
    assert reference.asked == 1
    reference.version = "14r1 IP811[14.1000], Bootcode[140000], Hardware[300]"
    served.age(CACHE, 4000)
    assert firmware_of(served.get(poll()).text) == ["141000"]
    assert reference.asked == 2


def test_a_cache_that_cannot_be_read_counts_as_not_current(served: Site, reference: VirtualReference) -> None:
    reference.mood = "well"
    served.put(CACHE, "<info><sys", age=1)
    assert firmware_of(served.get(poll()).text) == ["13A127"]


def test_without_the_name_of_a_cache_nothing_is_written_beside_the_installation(
    served: Site, reference: VirtualReference
) -> None:
    for mood in ("down", "well"):
        reference.mood = mood
        served.configure(f'<master info="{reference.url}" cache=""/>')
        served.get(poll())
    assert list(served.root.parent.iterdir()) == [served.root]


def test_row_31_a_lookup_that_hangs_is_given_up_and_holds_up_no_other() -> None:
    never, ended = threading.Event(), threading.Event()

    def hang() -> None:
        never.wait()
        ended.set()

    with pytest.raises(TimeoutError):
        within(0.05, hang)
    assert within(60, lambda: "another") == "another"
    assert not ended.is_set()
    never.set()
    ended.wait()


def test_what_a_lookup_raises_is_raised() -> None:
    def fail() -> None:
        raise OSError("no such host")

    with pytest.raises(OSError, match="no such host"):
        within(60, fail)
