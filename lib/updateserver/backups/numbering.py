"""What is kept of a device's configuration backup, under which number, and which old ones go."""

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from updateserver.base.times import DAY
from updateserver.configuration.config import Backup

# Lines that are different each time; each stands behind a line end. What is atomic is tried once, lest a line that
# was made for it takes hours.
_ALWAYS_CHANGING = re.compile(
    rb"\n(?:vars create UPDATE/|config change UP1 /|vars create TLS0/TICKET/"
    rb"|mod cmd FLASHDIR0 add-item (?>[^\n]*?\)\(type=)(?>[^\n]*?\(info=))[^\n]*"
)

_UNSEEN = b" \t\r\n\f\v\0" + codecs.BOM_UTF8


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A stored configuration backup; `size` in bytes."""

    number: int
    name: str
    time: int
    size: int


def kept_lines(upload: bytes) -> bytes:
    """Return a backup without the lines that always change and without empty ones, lines separated by CR LF."""
    # Line ends of any kind: devices write CR LF, and the reference stores CR LF.
    lines = _ALWAYS_CHANGING.sub(b"", b"\n" + upload.replace(b"\r", b"\n"))
    while b"\n\n" in lines:
        lines = lines.replace(b"\n\n", b"\n")
    return lines.strip(b"\n").replace(b"\n", b"\r\n")


def says_nothing(content: bytes) -> bool:
    """Tell whether nothing can be seen in a backup: it is empty, or blanks, NUL characters and a byte order mark."""
    return not content.strip(_UNSEEN)


def number_of(hwid: str, name: str) -> int | None:
    """Return the number in a backup's file name, `IP232-30-00-af.7.txt`; None for the name of something else."""
    match = re.fullmatch(rf"{re.escape(hwid)}\.(\d{{1,18}})\.txt", name, re.ASCII)
    return int(match[1]) if match else None


def name_of(hwid: str, number: int) -> str:
    """Return the file name of a backup."""
    return f"{hwid}.{number}.txt"


def next_number(numbers: Iterable[int]) -> int:
    """Return the number of the next backup."""
    return max(numbers, default=-1) + 1


def surplus(stored: Mapping[int, float], backup: Backup, now: float) -> list[int]:
    """Return the numbers of the stored backups that go: the oldest of too many, if old enough.

    `stored` gives each number's time of change, Unix seconds. The last backup of each of the newest `nbackups` days
    that have any stays, so that many uploads in a day cannot push out what was there before.
    """
    # By number, not by time: two backups in one second are two to us (docs/differences.md, 24).
    oldest_first = sorted(stored)
    # Never all: the reference deletes the whole history with an nbackups of 0 or "" (docs/differences.md, 37).
    keep = max(1, backup.nbackups)
    last_of_day = {int(stored[number] // DAY): number for number in oldest_first}
    stays = {last_of_day[day] for day in sorted(last_of_day)[-keep:]}
    too_many = oldest_first[: max(0, len(oldest_first) - keep)]
    return [number for number in too_many if number not in stays and now - stored[number] >= backup.minage * DAY]
