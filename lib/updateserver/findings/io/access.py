"""What of an installation the user of this process may not read or write, and the command that fixes it.

It is for the service's own user: `check-config` becomes that user before. Whatever lies there, nothing is read.
"""

import os
import shlex
import stat
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from updateserver.base.message import Message
from updateserver.configuration.config import Config
from updateserver.configuration.io.owner import User, owner_of, this_user
from updateserver.configuration.source import Finding, Node, Severity, of_file
from updateserver.findings.io.used_places import UsedPlace, used_places

TIME_LIMIT = 1.0  # seconds for a page

_READ = "user {user} cannot read it: {todo}"
_WRITE = "user {user} cannot write it: {todo}"
_MORE = {
    _READ: "user {user} cannot read it, nor {count} others there: {todo}",
    _WRITE: "user {user} cannot write it, nor {count} others there: {todo}",
}
_MAKE = "user {user} cannot make this folder: {todo}"
_ENTER = "user {user} cannot enter the folder {folder}: {todo}"
_NOWHERE = "the link points to nothing: fix or remove it"
_NOT_REGULAR = "it is a pipe, socket or device where a regular file should be: remove it"
_NO_FOLDER = "a file lies where a folder should be: remove it"
_OTHER = "it cannot be checked: {why}"
_MOUNT = Message("mount its file system for writing")
_OUT_OF_TIME = "there is more than could be checked here: updateserver check-config checks everything"
_NOT_INSPECTED = "only root and user {user} can find out what {user} may read and write: use sudo"
_OF_ROOT = "it belongs to root, other data to {user}; if the server runs as {user}: {todo}"


class _Trouble(NamedTuple):
    path: Path
    text: str
    why: str = ""


class _OutOfTime(Exception):
    """There is no time to look at more."""


def access_findings(root: Path, config: Config, merged: Node, seconds: float = TIME_LIMIT) -> Iterator[Finding]:  # noqa: ARG001 -- as all inspections
    """Yield what this process may not read or write though the server needs to, and what is in its way."""
    user = this_user()
    if closed := next((path for path in (*reversed(root.parents), root) if not os.access(path, os.X_OK)), None):
        todo = f"chmod o+x {shlex.quote(str(closed))}"
        yield of_file("error", _ENTER, ".", user=user.name, folder=closed, todo=todo)
        return
    inspection = _Inspection(root, user, time.monotonic() + seconds)
    places = list(used_places(root, config))
    try:
        for place in places:
            yield from inspection.findings(place)
    except _OutOfTime:
        yield of_file("warning", _OUT_OF_TIME, ".")
    if user.uid == 0 and config.status.dir:
        yield from _left_to_root(root, config.status.dir, [place.folder for place in places if place.is_written])


def not_inspected(root: Path, config: Config, merged: Node) -> Iterator[Finding]:  # noqa: ARG001 -- as all inspections
    """Yield that somebody else than the server's user looks, whose rights say nothing."""
    yield of_file("warning", _NOT_INSPECTED, ".", user=owner_of(root).name)


class _Inspection:
    """One look of a user at an installation."""

    def __init__(self, root: Path, user: User, until: float) -> None:
        self._root, self._user, self._until = root, user, until

    def findings(self, place: UsedPlace) -> Iterator[Finding]:
        """Yield the findings of one place: of files that the same command puts right the first is named."""
        if place.is_private and not os.access(place.folder.parent, os.X_OK):
            return  # it is told already that the folder is closed
        alike: dict[tuple[str, str], list[Path]] = {}
        for path, text, why in _in_place(place, self._until):
            if text in _MORE:
                alike.setdefault((text, self._todo(path, place)), []).append(path)
            elif text == _MAKE:
                yield self._of(path, "error", text, todo=self._making(path))
            else:
                yield self._of(path, "warning" if text == _NOWHERE else "error", text, why=why)
        for (text, todo), paths in alike.items():
            more = {"count": len(paths) - 1} if len(paths) > 1 else {}
            yield self._of(min(paths), place.severity, _MORE[text] if more else text, todo=todo, **more)

    def _of(self, path: Path, severity: Severity, text: str, **values: object) -> Finding:
        needed = {key: value for key, value in {"user": self._user.name, **values}.items() if f"{{{key}}}" in text}
        return of_file(severity, text, os.path.relpath(path, self._root), **needed)

    def _todo(self, path: Path, place: UsedPlace) -> str:
        """Return the command that lets the user do it."""
        status = path.stat()
        if place.is_written and os.statvfs(path).f_flag & os.ST_RDONLY:
            return _MOUNT
        wanted = "u+rwX" if place.is_written else "u+rX"
        whole = place.is_written or place.names is None
        deep, target = "-R " if whole else "", _quoted(place.folder if whole else path)
        if status.st_uid == self._user.uid:
            return f"chmod {deep}{wanted} {target}"
        if not place.is_written and not place.is_private:
            return f"chgrp {deep}{self._user.group} {target} && chmod {deep}g+rX {target}"
        mode = stat.S_IRUSR | (stat.S_IWUSR if place.is_written else 0)
        given = f"chown {deep}{self._user.name}:{self._user.group} {target}"
        return given if status.st_mode & mode == mode else f"{given} && chmod {deep}{wanted} {target}"

    def _making(self, path: Path) -> str:
        return f"mkdir -p {_quoted(path)} && chown {self._user.name}:{self._user.group} {_quoted(path)}"


def _in_place(place: UsedPlace, until: float) -> Iterator[_Trouble]:
    try:
        mode = place.folder.stat().st_mode
    except FileNotFoundError:
        if place.folder.is_symlink():
            yield _Trouble(place.folder, _NOWHERE)
        elif place.is_made and not _can_be_made(place.folder):
            yield _Trouble(place.folder, _MAKE)
        return
    except OSError as error:
        yield _Trouble(place.folder, _OTHER, Message(error.strerror or str(error)))
        return
    if not stat.S_ISDIR(mode):
        yield _Trouble(place.folder, _NO_FOLDER)
    elif place.names is None:
        yield from _in_folder(place.folder, place, until)
    elif not os.access(place.folder, os.X_OK):
        if not place.is_private:  # else it is told already
            yield _Trouble(place.folder, _READ)
    else:
        for name in place.names:
            yield from _at(place.folder / name, place, until, is_named=True)


def _in_folder(folder: Path, place: UsedPlace, until: float) -> Iterator[_Trouble]:
    if not os.access(folder, os.R_OK | os.X_OK):
        yield _Trouble(folder, _READ)
        return
    if place.is_written and not os.access(folder, os.W_OK):
        yield _Trouble(folder, _WRITE)
    for name in os.listdir(folder):  # noqa: PTH208 -- names are what is asked
        if place.is_used(name):
            yield from _at(folder / name, place, until)


def _at(path: Path, place: UsedPlace, until: float, *, is_named: bool = False) -> Iterator[_Trouble]:
    if time.monotonic() > until:
        raise _OutOfTime
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            yield _Trouble(path, _NOWHERE)
        return
    except OSError as error:
        yield _Trouble(path, _OTHER, Message(error.strerror or str(error)))
        return
    if stat.S_ISDIR(mode):
        if is_named:
            yield _Trouble(path, _OTHER, "it is a folder where a file should be")
        elif place.is_deep and not path.is_symlink():
            yield from _in_folder(path, place, until)
    elif stat.S_ISREG(mode):
        yield from _of_file(path, place)
    elif not (stat.S_ISSOCK(mode) and place.written is None):  # such as the socket of FastCGI
        yield _Trouble(path, _NOT_REGULAR)


def _of_file(path: Path, place: UsedPlace) -> Iterator[_Trouble]:
    if not os.access(path, os.R_OK):
        yield _Trouble(path, _READ)
    elif place.is_written_in_place(path.name) and not os.access(path, os.W_OK):
        yield _Trouble(path, _WRITE)


def _can_be_made(folder: Path) -> bool:
    there = next(path for path in folder.parents if path.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _left_to_root(root: Path, name: str, written: list[Path]) -> Iterator[Finding]:
    """Yield that root has the states, where other data show that the server is another user."""
    status = root / name
    if not status.is_dir() or status.stat().st_uid != 0:
        return
    folders = [path for path in written if path.is_dir()]
    for path in chain(folders, chain.from_iterable(path.iterdir() for path in folders)):
        owner = path.lstat()
        if owner.st_uid != 0:
            user = User(owner.st_uid, (owner.st_gid,))
            todo = f"chown -R {user.name}:{user.group} {_quoted(status)}"
            yield of_file("warning", _OF_ROOT, name, user=user.name, todo=todo)
            return


def _quoted(path: Path) -> str:
    return shlex.quote(os.path.realpath(path))
