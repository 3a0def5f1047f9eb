"""What admins did: one line of JSON each in audit/audit.jsonl, which is only ever appended to.

It has a folder of its own, since it must outlive state and cache.
"""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from updateserver.edge import disk_trouble

_LOG = logging.getLogger("updateserver.audit")
_CHUNK = 1 << 16
_LONGEST = 500  # characters of one text


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what, when and from where."""

    time: int  # Unix seconds
    user: str
    address: str
    action: str  # one word, such as delete
    subject: str = ""  # mostly a serial number
    details: str = ""


class Audit:
    """The audit log in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, deed: Deed) -> None:
        """Append a deed; it goes to the server's log, too, so that a full disk hides nothing."""
        plain = {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in asdict(deed).items()}
        line = json.dumps(plain)
        _LOG.info("%s", line)
        try:
            self._path.parent.mkdir(exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
            with os.fdopen(descriptor, "wb") as file:
                file.write(f"{line}\n".encode())
        except OSError as error:
            _LOG.error("the audit log cannot be written: %s", disk_trouble.told(error))

    @property
    def is_writable(self) -> bool:
        """Tell whether deeds can be appended."""
        return os.access(self._path if self._path.exists() else self._path.parent, os.W_OK)

    def newest(self, count: int) -> list[Deed]:
        """Return the last deeds, newest first; what cannot be read is left out."""
        found: list[Deed] = []
        for line in self._backwards():
            try:
                found.append(Deed(**json.loads(line)))
            except (TypeError, ValueError):
                continue
            if len(found) == count:
                break
        return found

    def _backwards(self) -> Iterator[bytes]:
        """Yield the lines, the last one first."""
        try:
            with self._path.open("rb") as file:
                place, rest = file.seek(0, os.SEEK_END), b""
                while place:
                    place, length = max(0, place - _CHUNK), min(place, _CHUNK)
                    file.seek(place)
                    rest, *lines = (file.read(length) + rest).split(b"\n")
                    yield from reversed(lines)
                yield rest
        except FileNotFoundError:
            return
