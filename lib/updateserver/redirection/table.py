"""Devices as lines of text, as spreadsheets and people write them: `00-90-33-30-00-af;10801`.

The first line may name the columns. Without it, the first column is the serial number, the second one the project.
"""

import csv
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from updateserver.base.names import canonical, is_serial
from updateserver.redirection.registry import LARGEST_ID, Assignment

COLUMNS = ("sn", "project", "env", "name")
_NAMES = (  # of the columns
    frozenset({"sn", "mac", "serial", "serial number", "serialnumber", "seriennummer", "macaddress"}),
    frozenset({"project", "projekt", "prj-id", "projectid"}),
    frozenset({"env", "environments", "umgebungen"}),
    frozenset({"name"}),
)
_UNNAMED = (0, 1, None, None)  # where they stand, if the first line does not say
_SEPARATORS = ";\t,"
_MOST_LISTED = 20  # faults
_MANY = 1000  # serial numbers in a line
_LONGEST = 64  # characters of a serial number or a project's number


@dataclass(slots=True)
class Faults:
    """What is wrong with the lines: the first few, and how many there are."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def note(self, line: int, text: str) -> None:
        """Note what is wrong with a line."""
        self.count += 1
        if len(self.first) < _MOST_LISTED:
            self.first.append(f"line {line}: {text}")


class Faulty(Exception):
    """Lines were wrong, so none of them shall count."""


def entries(
    lines: Iterable[str], projects: Container[int], project: int | None, faults: Faults, *, skip_faults: bool = False
) -> Iterator[Assignment]:
    """Yield the devices that lines tell; `project` is for those that tell none.

    What is wrong goes into `faults`. Raises Faulty at the end, if there was anything and it shall not be skipped.
    """
    columns: Sequence[int | None] | None = None
    for number, row in _rows(lines):
        if columns is None:
            columns = _named(row)
            if columns:
                continue
            columns = _UNNAMED
        try:
            yield _entry(row, columns, projects, project)
        except ValueError as error:
            faults.note(number, str(error))
    if faults.count and not skip_faults:
        raise Faulty


def serial_in(text: str) -> str:
    """Return the serial number that a text is, in its canonical form. Raises ValueError."""
    number = canonical(text.strip().strip("'\"")) if len(text) <= _LONGEST else ""
    if not is_serial(number):
        raise ValueError(f"{text!r:.80} is no serial number of 12 hexadecimal digits")
    return number


def pasted_serials(text: str) -> tuple[list[str], list[str]]:
    """Return the serial numbers of a text, each once, and what is wrong with its lines.

    A line has one number, or several separated by spaces, and what stands behind `;`, `,` or a tab does not matter.
    """
    found: dict[str, None] = {}
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        first = re.split(r"[;,\t]", line.strip())[0].strip()
        if not line.strip() or line.lstrip().startswith("#") or (not found and first.lower() in _NAMES[0]):
            continue
        try:
            found.update(dict.fromkeys(_serials_of(first)))
        except ValueError as error:
            faults.append(f"{number}: {error}")
    return list(found), faults


def _serials_of(text: str) -> list[str]:
    try:
        return [serial_in(text)]
    except ValueError:
        parts = text.split()
        if len(parts) < 2 or len(parts) > _MANY:  # noqa: PLR2004 - one is no list
            raise
        return [serial_in(part) for part in parts]


def written(found: Iterable[Assignment]) -> Iterator[str]:
    """Yield the lines of a table, each with its end; the first one names the columns."""
    yield f"{';'.join(COLUMNS)}\n"
    for entry in found:
        yield f"{entry.mac};{entry.project};{','.join(entry.environments)};{_quoted(entry.name)}\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ';"') else text


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and fields of each line that says something; the first such line tells the separator."""
    separator = ""
    for number, line in enumerate(lines, start=1):
        # Excel writes a byte order mark before UTF-8.
        text = line.strip("\r\n\ufeff ")
        if not text or text.startswith("#"):
            continue
        # A German Excel writes semicolons, an English one commas; what is copied from a table has tabs.
        separator = separator or next((one for one in _SEPARATORS if one in text), ";")
        if '"' in text:
            yield number, next(csv.reader([text], delimiter=separator))
        else:
            yield number, text.split(separator)


def _named(row: Sequence[str]) -> tuple[int | None, ...] | None:
    """Return where the columns stand, if this row names them; None for one that is not there."""
    names = [field.strip().lower() for field in row]
    places = tuple(next((place for place, name in enumerate(names) if name in known), None) for known in _NAMES)
    return None if places[0] is None else places


def _entry(
    row: Sequence[str], columns: Sequence[int | None], projects: Container[int], project: int | None
) -> Assignment:
    serial, place, env, name = (row[at].strip() if at is not None and at < len(row) else "" for at in columns)
    mac = serial_in(serial)
    number = _number(place) if place else project
    if number is None:
        raise ValueError(f"no project is given for {mac}")
    if number not in projects:
        raise ValueError(f"there is no project {number}")
    entry = Assignment(mac, number, environments_in(env), name)
    if env or name:
        for fault in entry.faults:
            raise ValueError(fault)
    return entry


def environments_in(text: str) -> tuple[str, ...]:
    """Return the environments that a text names, separated by commas."""
    return tuple(filter(None, (name.strip() for name in text.split(","))))


def _number(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= _LONGEST and int(text) <= LARGEST_ID:
        return int(text)
    raise ValueError(f"{text!r:.80} is no number of a project")
