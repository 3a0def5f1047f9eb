"""Row 37: many backups in a day do not push out the history."""

from updateserver.backups.numbering import surplus
from updateserver.configuration.config import Backup

DAY = 86400
TODAY = 20_000 * DAY


def backup(nbackups: int) -> Backup:
    return Backup(dir="backup", nbackups=nbackups, scfg="x", minage=0, maxsize=1000, perhour=20)


def test_a_flood_in_one_day_leaves_the_last_backup_of_each_day_before() -> None:
    history = {number: TODAY - (5 - number) * DAY for number in range(5)}
    flood = {number: TODAY + number for number in range(5, 20)}
    gone = surplus(history | flood, backup(6), TODAY + 100)
    assert gone == list(range(5, 14))


def test_not_more_days_stay_than_backups_are_wanted() -> None:
    history = {number: TODAY + number * DAY for number in range(10)}
    assert surplus(history, backup(3), TODAY + 10 * DAY) == list(range(7))


def test_of_one_day_the_newest_stay() -> None:
    assert surplus({number: TODAY + number for number in range(5)}, backup(2), TODAY + 10) == [0, 1, 2]
