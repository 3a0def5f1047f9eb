"""The log in a file of its own, for web servers that drop what programs say on standard error.

Several processes write to the same file. One that is full becomes FILE.1, in place of the last such one. A file that
cannot be written costs the lines, never a call.
"""

import contextlib
import fcntl
import logging
import os
from pathlib import Path

from updateserver.base.io.files import opened

VARIABLE = "UPDATESERVER_LOG"  # in the environment: the file's name

FULL = 10 << 20  # bytes
_LONGEST = 8000  # characters of one message, with its traceback
_FORMAT = "%(asctime)s [%(process)d] %(levelname)s %(message)s"


class Bounded(logging.Formatter):
    """Writes messages with time, process and level, and cuts what is far too long."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        """Return what to write; of a long traceback both ends, since its last line says what failed."""
        text = super().format(record)
        if len(text) <= _LONGEST:
            return text
        half = _LONGEST // 2
        return f"{text[:half]} [{len(text) - 2 * half} characters left out] {text[-half:]}"


class LogFile(logging.Handler):
    """Appends to a file, which is opened for each message, so anybody may move or remove it at any time."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path.absolute()
        self.setFormatter(Bounded())

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message, if that is possible."""
        try:
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
            # no link is followed: who may write in the folder could have root write anywhere
            descriptor = opened(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW)
        except (OSError, ValueError, TypeError):
            return
        with contextlib.suppress(OSError):
            self._write(descriptor, line)
        os.close(descriptor)

    def _write(self, descriptor: int, line: bytes) -> None:
        status = os.fstat(descriptor)
        if not status.st_size and os.geteuid() == 0:  # the service, which may not be root, must write there, too
            folder = self._path.parent.stat()
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
        os.write(descriptor, line)
        if status.st_size + len(line) > FULL:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until it is closed
            if self._path.stat().st_ino == status.st_ino:  # nobody else was faster
                self._path.replace(f"{self._path}.1")


def write_log(path: Path | None = None, level: int = logging.INFO) -> None:
    """Write the log to standard error, and to a file if one is named here or in the environment."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    handlers[0].setFormatter(Bounded())
    if path := path or _named():
        handlers.append(LogFile(path))
    logging.basicConfig(level=level, handlers=handlers)
    if path and not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        logging.getLogger("updateserver").error("the log file %s cannot be written", path)


def _named() -> Path | None:
    name = os.environ.get(VARIABLE)
    return Path(name) if name else None
