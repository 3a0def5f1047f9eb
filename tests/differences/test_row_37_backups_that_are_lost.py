"""Row 37: nothing that a device sends, and no odd number in the configuration, deletes a history of backups."""

import pytest

from tests.site import HWID, SN, Site, poll

UPLOAD = f"update.php?mode=backup&hwid={HWID}&sn={SN}"
DAY = 86400
EMPTY = [
    b"",
    b"\r\n\r\n",
    b"\n",
    b"config change UP1 /poll 15",
    b"vars create UPDATE/CHECK p 1\rvars create TLS0/TICKET/0 p 1\r",
    b"mod cmd FLASHDIR0 add-item 101 (x)(type=ep)(info=1)\r\n",
    b" \r\n\t\r\n",
    b"\0" * 512,
    b"\xef\xbb\xbf\r\n",
    b"vars create UPDATE/CHECK p 1\r\n \r\n\0",
]


def configure(site: Site, nbackups: str = 'nbackups="3"', more: str = "") -> None:
    site.configure(f'<master info=""/><status dir="status"/><backup dir="backup" {nbackups} {more}/>')


def stored(site: Site) -> list[str]:
    folder = site.root / "backup" / HWID
    numbers = sorted(int(path.suffixes[-2][1:]) for path in folder.iterdir())
    return [(folder / f"{HWID}.{number}.txt").read_text() for number in numbers]


def history(site: Site, *contents: str) -> None:
    """Store backups that are older than today's."""
    for number, content in enumerate(contents):
        age = (len(contents) - number) * DAY
        site.put(f"backup/{HWID}/{HWID}.{number}.txt", content, age=age)


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_that_holds_nothing_is_refused(served: Site, empty: bytes, chunked: bool) -> None:
    configure(served)
    history(served, "A", "B", "C")
    with served.untouched():
        answer = served.put_upload(UPLOAD, empty, chunked=chunked)
        assert (answer.status, answer.lines) == (400, [])
        assert "is empty, nothing saved" in answer.text


def test_so_is_the_very_first_one(served: Site) -> None:
    configure(served)
    with served.untouched():
        assert served.put_upload(UPLOAD, b"").status == 400


def test_a_known_devices_log_says_so(served: Site, caplog: pytest.LogCaptureFixture) -> None:
    configure(served)
    served.get(poll())
    served.put_upload(UPLOAD, b"")
    assert any("backup" in message and "is empty" in message for message in served.log())
    assert "refused with 400" in caplog.text


@pytest.mark.parametrize(
    "nbackups", ['nbackups="0"', 'nbackups=""', 'nbackups=" 0 "', 'nbackups="000"', 'nbackups="-1"', 'nbackups="-10"']
)
def test_where_none_is_wanted_none_is_asked_for_stored_or_deleted(served: Site, nbackups: str) -> None:
    configure(served, nbackups)
    history(served, "A", "B", "C")
    with served.untouched():
        assert served.put_upload(UPLOAD, b"D").status == 403
    assert not any("mode=backup" in line for line in served.get(poll()).lines)


@pytest.mark.parametrize("nbackups", ["many", "all", "x3", "unlimited"])
def test_what_is_no_number_counts_as_the_default(served: Site, nbackups: str) -> None:
    configure(served, f'nbackups="{nbackups}"')
    history(served, *"ABCDEFGHIJ")
    assert served.put_upload(UPLOAD, "K").status == 200
    assert stored(served) == list("BCDEFGHIJK")
    assert any("mode=backup" in line for line in served.get(poll()).lines)


@pytest.mark.parametrize(("nbackups", "kept"), [("1", 1), ("3x", 3), (" 2", 2), ("+4", 4)])
def test_a_number_counts_as_it_always_did(served: Site, nbackups: str, kept: int) -> None:
    configure(served, f'nbackups="{nbackups}"')
    for content in "ABCDEF":
        served.put_upload(UPLOAD, content)
    assert stored(served) == list("ABCDEF"[-kept:])


def test_many_in_a_day_leave_the_newest_of_each_day_before(served: Site) -> None:
    configure(served)
    history(served, "A", "B", "C", "D")
    for number in range(12):
        assert served.put_upload(UPLOAD, f"flood {number}").status == 200
    assert stored(served) == ["C", "D", "flood 9", "flood 10", "flood 11"]


def test_one_a_day_are_as_many_as_always(served: Site) -> None:
    configure(served)
    history(served, "A", "B", "C", "D")
    served.put_upload(UPLOAD, "E")
    assert stored(served) == ["C", "D", "E"]


def test_size_is_that_of_what_is_stored(served: Site) -> None:
    configure(served, more='maxsize="1000"')
    with served.untouched():
        assert served.put_upload(UPLOAD, b"a\n" * 400).status == 413
    assert served.put_upload(UPLOAD, b"a\n" * 300).status == 200
    assert len(stored(served)[0].encode()) <= 1000
