"""What becomes of backups: none is lost by an empty one, or by an odd number."""

import pytest

from tests.field.field import BACKUP, Field

NONE = ["0", "-1", "-0", "00", "+0", " ", " 0", "0.9", "0 backups", "-99999999999"]
GOOD = [f"config change {letter}\r\n".encode() for letter in "ABCD"]


@pytest.mark.parametrize("empty", [b"", b"\r\n", b"config change UP1 /poll 15\r\nvars create UPDATE/CHECK p 1\r\n"])
def test_06_a_backup_that_holds_nothing_is_not_stored(field: Field, empty: bytes) -> None:
    field.case("06-empty-backup")
    field.put(BACKUP, GOOD[0])
    answer = field.put(BACKUP, empty)
    assert [text.strip() for text in field.backups()] == ["config change A"]
    assert answer.status < 500


def _kept(field: Field, case: str) -> list[str]:
    """Lay out a case with two backups that were made when more were wanted."""
    field.case(case)
    wanted = field.own.replace('nbackups="0"', 'nbackups="9"').replace('nbackups=""', 'nbackups="9"')
    field.configure(wanted)
    for body in GOOD[:2]:
        assert field.put(BACKUP, body).status == 200
    assert len(field.backups()) == 2
    return field.backups()


@pytest.mark.parametrize(
    ("case", "nbackups"),
    [
        ("07-nbackups-empty", ""),
        *(
            ("07-nbackups-0", value)
            for value in ("0", "-1", "-0", "00", "+0", " 0", "0.9", "0 backups", "-99999999999")
        ),
    ],
)
@pytest.mark.parametrize("minage", ["", ' minage="99"'])
def test_07_where_no_backup_is_wanted_none_is_deleted(field: Field, case: str, nbackups: str, minage: str) -> None:
    kept = _kept(field, case)
    field.change(f'nbackups="{0 if case.endswith("0") else ""}"', f'nbackups="{nbackups}"{minage}')
    for body in (*GOOD[2:], GOOD[0], b"", b"\r\n"):
        assert field.put(BACKUP, body).status in (400, 403)
        assert field.backups() == kept
    assert field.put(BACKUP, GOOD[3]).status == 403
    assert "mode=backup" not in field.poll().text


@pytest.mark.parametrize("word", ["many", "x3", "all", "*", "-", "#", "\u0663", "three"])
def test_07_what_is_no_number_of_backups_deletes_none(field: Field, word: str) -> None:
    field.case("07-nbackups-0").change('nbackups="0"', f'nbackups="{word}"')
    for body in GOOD:
        assert field.put(BACKUP, body).status == 200
    assert len(field.backups()) == len(GOOD)
    assert "backup/@nbackups" in field.check().output


@pytest.mark.parametrize("text", ["2", " 2", "+2", "2 backups", "2.9", "2e0", "02"])
def test_07_a_number_counts_however_it_is_written(field: Field, text: str) -> None:
    field.case("07-nbackups-0").change('nbackups="0"', f'nbackups="{text}"')
    for body in GOOD:
        assert field.put(BACKUP, body).status == 200
    assert [one.strip() for one in field.backups()] == [body.decode().strip() for body in GOOD[-2:]]
