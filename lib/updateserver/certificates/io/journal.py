"""The journal of all decisions about certificates: `journal.jsonl` in the certificate folder, one JSON object a line.

Each line is on the disk before the decision takes effect, and outlives the request that it tells of.
"""

import json
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from updateserver.base.io import json_lines
from updateserver.base.io.json_lines import Entry

NAME = "journal.jsonl"
_LOOKED_AT = 1 << 26  # bytes at the end, some 200,000 decisions: what a page looks through
_ALWAYS = {"deed", "by", "sn"}


class Journal:
    """The journal in a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def append(self, deed: str, sn: str, by: str, **told: object) -> None:
        """Add what was done (`request`, `signed`, ...), about which device, and who did it. Raises OSError."""
        json_lines.append(self._path, {"time": int(time.time()), "deed": deed, "sn": sn, "by": by, **told})

    def entries(self, sn: str | None = None) -> Iterator[Entry]:
        """Yield what the journal holds, about one device or all, oldest first; a line that was cut off is left out."""
        for entry in json_lines.entries(self._path):
            if entry.keys() >= _ALWAYS and (sn is None or entry["sn"] == sn):
                yield entry

    def newest(self, sn: str, count: int) -> list[Entry]:
        """Return the last entries about a device, newest first; only the newest part of the journal is looked at."""
        found = json_lines.newest(self._path, _LOOKED_AT, holding=json.dumps(sn).encode())
        return list(islice((one for one in found if one.keys() >= _ALWAYS and one["sn"] == sn), count))

    @property
    def is_long(self) -> bool:
        """Tell whether it holds more than `newest` looks at."""
        return self._path.exists() and self._path.stat().st_size > _LOOKED_AT
