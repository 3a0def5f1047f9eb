"""What admins did: one line of JSON each in audit/audit.jsonl, which is only ever appended to.

It has a folder of its own, since it must outlive state and cache.
"""

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from updateserver.base.io import files
from updateserver.base.io.backwards import lines_from_end
from updateserver.base.io.files import opened
from updateserver.base.times import LAST_TIME

_LOG = logging.getLogger("updateserver.audit")
_LONGEST = 500  # characters of one text
_LOOKED_AT = 1 << 24  # bytes at the end of the file, where the newest deeds are


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
            descriptor = opened(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            with os.fdopen(descriptor, "wb") as file:
                file.write(f"{line}\n".encode())
        except OSError as error:
            _LOG.error("the audit log cannot be written: %s", files.trouble(error))

    @property
    def is_writable(self) -> bool:
        """Tell whether deeds can be appended."""
        return os.access(self._path if self._path.exists() else self._path.parent, os.W_OK)

    def newest(self, count: int) -> list[Deed]:
        """Return the last deeds, newest first; what cannot be read is left out."""
        found: list[Deed] = []
        for line in lines_from_end(self._path, _LOOKED_AT):
            if deed := _deed(line):
                found.append(deed)
            if len(found) == count:
                break
        return found


def _deed(line: bytes) -> Deed | None:
    """Return what a line tells; None for what is no line of ours."""
    try:
        deed = Deed(**json.loads(line))
    except (TypeError, ValueError, RecursionError):
        return None
    *texts, time = deed.user, deed.address, deed.action, deed.subject, deed.details, deed.time
    is_right = type(time) is int and 0 <= time < LAST_TIME and all(isinstance(text, str) for text in texts)
    return deed if is_right else None
