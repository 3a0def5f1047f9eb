"""What becomes of backups: none is lost by an empty one, or by an odd number."""

import pytest

from tests.field.field import BACKUP, Field

GOOD = [f"config change {letter}\r\n".encode() for letter in "ABCD"]


@pytest.mark.parametrize("empty", [b"", b"\r\n", b"config change UP1 /poll 15\r\nvars create UPDATE/CHECK p 1\r\n"])
def test_06_a_backup_that_holds_nothing_is_not_stored(field: Field, empty: bytes) -> None:
    field.case("06-empty-backup")
    field.put(BACKUP, GOOD[0])
    answer = field.put(BACKUP, empty)
    assert [text.strip() for text in field.backups()] == ["config change A"]
    assert answer.status < 500


@pytest.mark.parametrize(
    ("case", "nbackups"), [("07-nbackups-0", "0"), ("07-nbackups-0", "-1"), ("07-nbackups-empty", "")]
)
def test_07_where_no_backup_is_wanted_none_is_deleted(field: Field, case: str, nbackups: str) -> None:
    field.case(case).change(
        field.own, field.own.replace('nbackups="0"', 'nbackups="9"').replace('nbackups=""', 'nbackups="9"')
    )
    field.put(BACKUP, GOOD[0])
    field.put(BACKUP, GOOD[1])
    kept = field.backups()
    field.configure(field.own if nbackups in ("0", "") else field.own.replace('"0"', f'"{nbackups}"'))
    statuses = {field.put(BACKUP, body).status for body in GOOD[2:]}
    assert len(kept) == 2
    assert statuses == {403}
    assert field.backups() == kept


@pytest.mark.parametrize("word", ["many", "x3"])
def test_07_what_is_no_number_of_backups_deletes_none(field: Field, word: str) -> None:
    field.case("07-nbackups-0").change('nbackups="0"', f'nbackups="{word}"')
    for body in GOOD:
        assert field.put(BACKUP, body).status == 200
    assert len(field.backups()) == len(GOOD)
