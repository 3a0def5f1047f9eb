"""Lists of devices as CSV and JSON."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from updateserver.fleet.rows import DeviceRow

_FORMULA = tuple("=+-@\t\r")  # what a cell that a spreadsheet takes for a formula begins with
_TIMES = frozenset({"seen", "last_backup", "certificate_end"})
COLUMNS = (
    "sn", "type", "name", "hwid", "reported_ip", "seen_ip", "proxy", "glance", "trouble", "seen", "is_missing",
    "last_backup", "firmware", "firmware_wanted", "bootcode", "bootcode_wanted", "certstat", "certificate_end",
    "certificate_issuer", "phase", "classes", "environments",
)  # fmt: skip


def as_csv(rows: Iterable[DeviceRow]) -> bytes:
    """Return rows as CSV for spreadsheets, UTF-8 with a mark; times as in ISO 8601; no cell can be a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(name, getattr(row, name)) for name in COLUMNS])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_json(rows: Iterable[DeviceRow]) -> bytes:
    """Return rows as a JSON list of objects; times are Unix seconds, 0 and null stand for never and not known."""
    return json.dumps([as_object(row) for row in rows], ensure_ascii=False, indent=1).encode()


def as_object(row: DeviceRow) -> dict[str, Any]:
    """Return a row as what JSON can hold."""
    found = asdict(row)
    found["shown"] = [
        {**answer, "values": [{"title": title, "value": value} for title, value in answer["values"]]}
        for answer in found["shown"]
    ]
    found["files"] = list(row.files.present)
    return found


def _cell(name: str, value: object) -> str:
    if name in _TIMES:
        return _iso(value)
    text = _text(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _iso(value: object) -> str:
    """Return a time; "" for never, and for one that no calendar has."""
    if not isinstance(value, int) or not value:
        return ""
    try:
        return datetime.fromtimestamp(value, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
