"""The journal of all decisions about certificates: `journal.jsonl` in the certificate folder, one JSON object a line.

Each line is on the disk before the decision takes effect, and outlives the request that it tells of.
"""

import json
import time
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from pathlib import Path

from updateserver.base.io import json_lines
from updateserver.base.io.json_lines import Entry
from updateserver.base.message import message_of, parts_of

NAME = "journal.jsonl"
_LOOKED_AT = 1 << 26  # bytes at the end, some 200,000 decisions: what a page looks through
_ALWAYS = {"deed", "by", "sn"}


class Journal:
    """The journal in a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def append(self, action: str, sn: str, by: str, *, reasons: Iterable[str] = (), **details: object) -> None:
        """Add what was done (`request`, `signed`, ...), about which device, and who did it. Raises OSError."""
        entry = {"time": int(time.time()), "deed": action, "sn": sn, "by": by, "reasons": list(reasons), **details}
        if reasons:
            entry["messages"] = [parts_of(reason) for reason in reasons]  # so that pages can say them in any language
        json_lines.append(self._path, entry)

    def entries(self, sn: str | None = None) -> Iterator[Entry]:
        """Yield what the journal holds, about one device or all, oldest first; a line that was cut off is left out."""
        for entry in json_lines.entries(self._path):
            if entry.keys() >= _ALWAYS and (sn is None or entry["sn"] == sn):
                yield entry

    def newest(self, sn: str, count: int) -> list[Entry]:
        """Return the last entries about a device, newest first; only the newest part of the journal is looked at."""
        found = json_lines.newest(self._path, _LOOKED_AT, holding=json.dumps(sn).encode())
        return list(islice((one for one in found if one.keys() >= _ALWAYS and one["sn"] == sn), count))

    @staticmethod
    def reasons(entry: Entry) -> list[str]:
        """Return the reasons of an entry, as messages where they are known as such."""
        english, parts = _list(entry.get("reasons")), _list(entry.get("messages"))
        return [message_of(str(one), two) for one, two in zip_longest(english, parts[: len(english)])]

    @property
    def is_long(self) -> bool:
        """Tell whether it holds more than `newest` looks at."""
        return self._path.exists() and self._path.stat().st_size > _LOOKED_AT


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
