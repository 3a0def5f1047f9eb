"""What admins did: one line of JSON each in audit/audit.jsonl (`base/io/json_lines.py`).

It has a folder of its own, since it must outlive state and cache.
"""

import json
import logging
import os
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from updateserver.base.io import files, json_lines
from updateserver.base.message import message_of, parts_of

_LOG = logging.getLogger("updateserver.audit")
_LONGEST = 500  # characters of one text
_LOOKED_AT = 1 << 24  # bytes at the end of the file, where the newest entries are


@dataclass(frozen=True, slots=True)
class AuditEntry:
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

    def note(self, entry: AuditEntry) -> None:
        """Append an entry; it goes to the server's log, too, so that a full disk hides nothing."""
        plain = {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in asdict(entry).items()}
        _LOG.info("%s", json.dumps(plain))
        if len(entry.details) <= _LONGEST and (parts := parts_of(entry.details)):
            plain["message"] = parts  # so that the page can say it in any language
        try:
            json_lines.append(self._path, plain)
        except OSError as error:
            _LOG.error("the audit log cannot be written: %s", files.trouble(error))

    @property
    def is_writable(self) -> bool:
        """Tell whether entries can be appended."""
        return os.access(self._path if self._path.exists() else self._path.parent, os.W_OK)

    def newest(self, count: int) -> list[AuditEntry]:
        """Return the last entries, newest first; what cannot be read is left out."""
        entries = map(_entry, json_lines.newest(self._path, _LOOKED_AT))
        return list(islice(filter(None, entries), count))


def _entry(plain: json_lines.Entry) -> AuditEntry | None:
    """Return what a line of the file tells; None for what is none of ours."""
    try:
        entry = AuditEntry(**{name: value for name, value in plain.items() if name != "message"})
    except TypeError:
        return None
    texts = entry.user, entry.address, entry.action, entry.subject, entry.details
    is_right = all(isinstance(text, str) for text in texts)
    return replace(entry, details=message_of(entry.details, plain.get("message"))) if is_right else None
