"""Files: the one way to write one, the one way to read one, and the one way to be its only writer.

Whoever meets an OSError here tells an admin what, where, and what to do in the words of `trouble`.
"""

import contextlib
import errno
import fcntl
import os
import stat
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from updateserver.base.message import Message

_STRIPES = 256
_AT_ONCE = 1 << 16  # bytes
TEMPORARY = ".tmp"


def replace(path: Path | str, content: bytes, *, durable: bool = False, mode: int = 0o640) -> None:
    """Write a file so that at any moment either its old or its new content is there, whatever is killed when.

    `durable` has it on the disk before this returns. A missing folder is made. Raises OSError; then the old content is
    untouched.
    """
    try:
        _replace(path, content, durable=durable, mode=mode)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        _replace(path, content, durable=durable, mode=mode)


def create(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a new file, such as a key: nobody else can read it at any time, and it is on the disk when this returns.

    Of several processes that do so at once, the first one's stays. A missing folder is made. Raises FileExistsError
    where there is a file already, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, content, durable=True, mode=mode, place=_place_new)


def _place_new(temporary: str, path: Path | str) -> None:
    try:
        # Unlike a rename, a link never replaces what is there.
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.replace(temporary, path)  # noqa: PTH105
        return
    os.unlink(temporary)  # noqa: PTH108


def _replace(
    path: Path | str,
    content: bytes,
    *,
    durable: bool,
    mode: int,
    place: Callable[[str, Path | str], object] = os.replace,
) -> None:
    folder, _, name = os.fspath(path).rpartition("/")
    # Beside its file: a rename is atomic only within one file system. The dot keeps it out of lists and patterns.
    temporary = f"{folder}/.{name}.{os.getpid()}.{threading.get_ident()}{TEMPORARY}"
    try:
        # O_NOFOLLOW: whoever may write into this folder could put a link there that leads elsewhere.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        place(temporary, path)
    except OSError as error:
        error.filename, error.filename2 = os.fspath(path), None  # not the temporary one, or none at all
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    if durable:
        sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Have the names in a folder on the disk."""
    # fsync of a file does not keep its name: that is the folder's content.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def only_writer(folder: Path, name: str) -> "_Turn":
    """Be the only one, of all threads and processes, who writes what belongs to `name`.

    There is a fixed number of lock files in `folder`, so different names may now and then wait for each other: hold
    this only while reading and writing files, never while waiting for somebody else. What stands before the name's last
    blank is its kind, and each kind has lock files of its own: so one may be taken while another one is held.
    """
    kind, blank, _ = name.rpartition(" ")
    stripe = f"{zlib.crc32(name.encode()) % _STRIPES:02x}"
    return _Turn(folder, f"{kind.replace(' ', '-')}-{stripe}" if blank else stripe, wait=True)


def turn(folder: Path, name: str, *, wait: bool) -> "_Turn":
    """Do something that only one may do at a time; False where it is another one's turn and we don't wait."""
    return _Turn(folder, name, wait=wait)


class _Turn:
    def __init__(self, folder: Path, name: str, *, wait: bool) -> None:
        self._folder, self._name, self._wait = folder, name, wait
        self._descriptor = -1

    def __enter__(self) -> bool:
        self._descriptor = _open_lock(self._folder, self._name)
        try:
            return _taken(self._descriptor, wait=self._wait)
        except BaseException:
            os.close(self._descriptor)
            raise

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _taken(descriptor: int, *, wait: bool) -> bool:
    try:
        # flock, not lockf: it belongs to the open file, so threads of one process exclude each other, and it ends with
        # the process.
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_lock(folder: Path, name: str) -> int:
    path, flags = f"{folder}/{name}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    try:
        return opened(path, flags)
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        return opened(path, flags)


class NotAFile(OSError):
    """A pipe, socket or device stands where a file should: to read it could take for ever."""


def opened(path: Path | str, flags: int = os.O_RDONLY, mode: int = 0o640) -> int:
    """Return the descriptor of a regular file, opened without ever waiting for anybody.

    Raises OSError: NotAFile for a pipe or device, IsADirectoryError for a folder.
    """
    try:
        # without O_NONBLOCK, to open a pipe that nobody writes to waits for ever
        descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY, mode)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket, or a pipe to write to
            raise _not_a_file(path) from error
        raise
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    raise _not_a_file(path)


def _not_a_file(path: Path | str) -> NotAFile:
    return NotAFile(errno.EINVAL, "it is a pipe, socket or device where a regular file should be", os.fspath(path))


def content_of(path: Path | str) -> bytes:
    """Return a file's content, with as few system calls as can be. Raises OSError."""
    descriptor = opened(path)
    try:
        parts = [os.read(descriptor, _AT_ONCE)]
        while len(parts[-1]) == _AT_ONCE:
            parts.append(os.read(descriptor, _AT_ONCE))
    finally:
        os.close(descriptor)
    return b"".join(parts)


def beginning_of(path: Path | str, most: int) -> bytes:
    """Return the first bytes of a file. Raises OSError."""
    descriptor = opened(path)
    try:
        return os.read(descriptor, most)
    finally:
        os.close(descriptor)


def text_lines(path: Path) -> TextIO:
    """Return a file opened to read its lines as text, whatever bytes it holds. Raises OSError."""
    return os.fdopen(opened(path), encoding="utf-8", errors="replace")


def read(path: Path) -> bytes | None:
    """Return a file's content, None if there is no such file. Raises OSError for one that is there, but unreadable."""
    try:
        return content_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def readable(path: Path) -> bytes | None:
    """Return a file's content, None if there is none that can be read: where both mean the same."""
    try:
        return content_of(path)
    except OSError:
        return None


_FULL, _FORBIDDEN, _MISSING = "free some space", "let user {user} read and write there", "make the folder again"
_TO_DO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "raise the limit of file sizes",
    errno.EROFS: "mount it for writing",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ENOENT: _MISSING,
    errno.ENOTDIR: "a file lies where a folder should be: remove it",
    errno.EEXIST: "a file lies where a folder should be: remove it",
    errno.EISDIR: "a folder lies where a file should be: remove it",
    errno.EMFILE: "raise the limit of open files",
    errno.ENFILE: "raise the limit of open files",
}


def trouble(trouble: OSError) -> Message:
    """Return an error of the disk as `No space left on device: /srv/update/status/x.xml (free some space)`."""
    what = trouble.strerror or str(trouble) or type(trouble).__name__
    values: dict[str, str] = {"what": Message(what)}
    text = "{what}"
    if trouble.filename:
        text, values["path"] = text + ": {path}", os.fsdecode(trouble.filename)
    if to_do := _TO_DO.get(trouble.errno or 0, ""):
        values["todo"] = Message(to_do, user=os.geteuid()) if "{" in to_do else Message(to_do)
        text += " ({todo})"
    return Message(text, **values)


def own_content(root: Path, folder: str, *below: str) -> bytes | None:
    """Return the file `below` a data folder of the installation, None if there is none or it lies elsewhere.

    The folder itself may be a link: that is how an admin has it on another disk. It is none where the configuration is.
    """
    data = (root / folder).resolve()
    path = data.joinpath(*below)
    if not folder or data in (root.resolve(), (root / "config").resolve()) or path.parent.resolve() != path.parent:
        return None
    try:
        with os.fdopen(opened(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read()
    except (OSError, ValueError):  # ValueError: a name with a NUL
        return None
