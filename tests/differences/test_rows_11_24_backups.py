"""Rows 11 and 24: backups are stored and in order, or the device learns that they are not."""

from functools import partial

import pytest

from tests.site import HWID, SN, Site, Together, cgi

UPLOAD = f"update.php?mode=backup&hwid={HWID}&sn={SN}"
DAY = 86400


def backups(nbackups: int = 10, minage: int = 0) -> str:
    return (
        '<master info=""/><status dir="status"/>'
        f'<backup dir="backup" nbackups="{nbackups}" minage="{minage}" maxsize="2000"/>'
    )


def name(number: int) -> str:
    return f"{HWID}.{number}.txt"


def stored(served: Site) -> dict[int, str]:
    """Return the content of each stored backup, by number."""
    files = served.names(f"backup/{HWID}")
    return {int(file.split(".")[-2]): served.read(f"backup/{HWID}/{file}").decode() for file in files}


def test_row_11_a_backup_folder_that_is_a_file_makes_the_device_try_again(
    served: Site, caplog: pytest.LogCaptureFixture
) -> None:
    served.configure(backups())
    served.put("backup", "a file where the folder should be")
    with served.untouched():
        answer = served.put_upload(UPLOAD, "config change X")
        assert answer.status == 500
        assert answer.lines == []
    assert "not served" in caplog.text


def test_row_11_a_device_folder_that_is_a_file_makes_the_device_try_again(served: Site) -> None:
    served.configure(backups())
    served.put(f"backup/{HWID}", "a file where the folder should be")
    assert served.put_upload(UPLOAD, "config change X").status == 500
    assert served.names("status") == []


def test_row_11_a_plain_cgi_call_says_so_as_well(site: Site) -> None:
    site.configure(backups())
    site.put("backup", "a file where the folder should be")
    assert cgi(site.root, UPLOAD.partition("?")[2], "PUT", b"config change X").status == 500


def test_row_11_once_the_folder_is_there_the_same_backup_is_stored(served: Site) -> None:
    served.configure(backups())
    served.put(f"backup/{HWID}", "a file where the folder should be")
    served.put_upload(UPLOAD, "config change X")
    (served.root / "backup" / HWID).unlink()
    assert served.put_upload(UPLOAD, "config change X").status == 200
    assert stored(served) == {0: "config change X"}


def test_row_24_two_backups_in_one_second_are_two(served: Site) -> None:
    served.configure(backups())
    for content in ("first", "second", "first"):
        assert served.put_upload(UPLOAD, content).status == 200
        for file in served.names(f"backup/{HWID}"):
            served.age(f"backup/{HWID}/{file}", 1000.25)
    assert stored(served) == {0: "first", 1: "second", 2: "first"}


def test_row_24_the_newest_goes_by_number_and_not_by_time(served: Site) -> None:
    served.configure(backups())
    served.put(f"backup/{HWID}/{name(0)}", "oldest", age=10)
    served.put(f"backup/{HWID}/{name(1)}", "newest", age=10 * DAY)
    assert "no change" in served.put_upload(UPLOAD, "newest").text
    assert stored(served) == {0: "oldest", 1: "newest"}
    served.put_upload(UPLOAD, "oldest")
    assert stored(served) == {0: "oldest", 1: "newest", 2: "oldest"}


def test_row_24_ten_comes_after_nine(served: Site) -> None:
    served.configure(backups(nbackups=20))
    for number in range(12):
        served.put_upload(UPLOAD, f"content {number}")
    assert stored(served) == {number: f"content {number}" for number in range(12)}


def test_row_24_the_oldest_ones_go_by_number(served: Site) -> None:
    served.configure(backups(nbackups=3))
    for number in range(13):
        served.put_upload(UPLOAD, f"content {number}")
    assert stored(served) == {number: f"content {number}" for number in (10, 11, 12)}


def test_row_24_numbers_go_on_after_a_gap(served: Site) -> None:
    served.configure(backups())
    served.put(f"backup/{HWID}/{name(7)}", "seven")
    served.put(f"backup/{HWID}/notes.9.txt", "the admin's own")
    served.put_upload(UPLOAD, "next")
    assert served.read(f"backup/{HWID}/{name(8)}") == b"next"
    assert served.read(f"backup/{HWID}/notes.9.txt") == b"the admin's own"


def test_row_24_young_backups_stay_however_many_there_are(served: Site) -> None:
    served.configure(backups(nbackups=2, minage=3))
    for number, days in enumerate((10, 4, 2.9, 1)):
        served.put(f"backup/{HWID}/{name(number)}", f"{number}", age=days * DAY)
    served.put_upload(UPLOAD, "4")
    assert sorted(stored(served)) == [2, 3, 4]


def test_row_24_backups_at_the_same_moment_get_numbers_of_their_own(served: Site) -> None:
    served.configure(backups(nbackups=50))
    everybody = Together()
    contents = [f"content {number}" for number in range(30)]
    for content in contents:
        everybody.add(partial(served.put_upload, UPLOAD, content))
    everybody.run()
    found = stored(served)
    assert sorted(found) == list(range(30))
    assert sorted(found.values()) == sorted(contents)
