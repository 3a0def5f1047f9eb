"""What is kept of a device's configuration backup, under which number, and which old ones go."""

import re
from collections.abc import Iterable, Mapping

from updateserver.model.configuration import Backup

_LINE_END = re.compile(rb"\r\n|\n|\r")
_ALWAYS_CHANGING = re.compile(
    rb"mod cmd FLASHDIR0 add-item .*\)\(type=.*\(info=|vars create UPDATE/|config change UP1 /|vars create TLS0/TICKET/"
)
_DAY = 86400


def kept_lines(upload: bytes) -> bytes:
    """Return a backup without the lines that always change and without empty ones, lines parted by CR LF."""
    lines = (line for line in _LINE_END.split(upload) if line and not _ALWAYS_CHANGING.match(line))
    return b"\r\n".join(lines)


def number_of(hwid: str, name: str) -> int | None:
    """Return the number in a backup's file name, `IP232-30-00-af.7.txt`; None for the name of something else."""
    match = re.fullmatch(rf"{re.escape(hwid)}\.(\d+)\.txt", name, re.ASCII)
    return int(match[1]) if match else None


def name_of(hwid: str, number: int) -> str:
    """Return the file name of a backup."""
    return f"{hwid}.{number}.txt"


def next_number(numbers: Iterable[int]) -> int:
    """Return the number of the next backup."""
    return max(numbers, default=-1) + 1


def surplus(stored: Mapping[int, float], backup: Backup, now: float) -> list[int]:
    """Return the numbers of the stored backups that go: the oldest of too many, if old enough.

    `stored` gives each number's time of change, Unix seconds.
    """
    oldest_first = sorted(stored)
    too_many = oldest_first[: max(0, len(oldest_first) - backup.nbackups)]
    return [number for number in too_many if now - stored[number] >= backup.minage * _DAY]
