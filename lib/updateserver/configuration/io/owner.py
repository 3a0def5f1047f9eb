"""Whose an installation is: what root does for it is done as that user, so that the server can go on with it.

The process stays able to read what only root may, such as a key that is named on the command line or the program's own
modules, and to open ports below 1024. It writes, makes and removes nothing but what that user may; only commands that
put something into `config/`, which is mostly not that user's, may write there, too.
"""

import ctypes
import grp
import os
import pwd
import socket
import struct
from pathlib import Path
from typing import NamedTuple

from updateserver.configuration.io.files import look_at

_KEEP_CAPABILITIES = 8  # PR_SET_KEEPCAPS of prctl(2)
_READING = (1 << 2) | (1 << 10)  # CAP_DAC_READ_SEARCH, CAP_NET_BIND_SERVICE of capabilities(7)
_WRITING = 1 << 1  # CAP_DAC_OVERRIDE
_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3


class User(NamedTuple):
    """A user of this computer, and the groups, the one of what it makes first."""

    uid: int
    groups: tuple[int, ...]

    @property
    def name(self) -> str:
        """The name, or the number of who has none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    @property
    def group(self) -> str:
        """The name of the group of what it makes, or its number."""
        try:
            return grp.getgrgid(self.groups[0]).gr_name
        except KeyError:
            return str(self.groups[0])


def this_user() -> User:
    """Return whose this process is."""
    return User(os.geteuid(), (os.getegid(), *os.getgroups()))


def owner_of(root: Path) -> User:
    """Return the user whose the state files are: who owns their folder, or the one in which it will be made."""
    config = look_at(root)[0].config
    folder = root / (config.status.dir if config and config.status.dir else "cache")
    while not folder.is_dir():
        folder = folder.parent
    status = folder.stat()
    return _user(status.st_uid, status.st_gid)


def user_named(name: str) -> User:
    """Return a user by name or number. Raises KeyError or ValueError if there is none."""
    entry = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
    return _user(entry.pw_uid, entry.pw_gid)


def become_owner_of(root: Path, *, writes_config: bool = False) -> None:
    """Let this process go on as the installation's user, if it is root's and the installation is not."""
    if os.geteuid() == 0:
        become(owner_of(root), _READING | _WRITING if writes_config else _READING)


def become(user: User, keep: int = _READING) -> None:
    """Let this process, of one thread so far, go on as a user; for root nothing changes."""
    if user.uid == 0:
        return
    os.setgroups(user.groups)
    os.setgid(user.groups[0])
    ctypes.CDLL(None).prctl(_KEEP_CAPABILITIES, 1, 0, 0, 0)
    os.setuid(user.uid)
    _keep(keep)


def bind_for_owner(listener: socket.socket, path: Path, root: Path) -> None:
    """Bind a socket to a path so that it belongs to the installation's user; root's process continues as root."""
    owner, groups = owner_of(root), os.getgroups()
    if owner.uid == 0:
        listener.bind(str(path))
        return
    os.setgroups(owner.groups)
    os.setegid(owner.groups[0])
    os.seteuid(owner.uid)
    try:
        listener.bind(str(path))
    except PermissionError:  # a folder of root's, such as /run: nobody else can put anything in the socket's place
        os.seteuid(0)
        listener.bind(str(path))
        os.chown(path, owner.uid, owner.groups[0], follow_symlinks=False)
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def drop_write_access() -> None:
    """Give up what a command that puts something into `config/` was left."""
    if os.geteuid() != 0:
        _keep(_READING)


def _user(uid: int, gid: int) -> User:
    """Return a user; what it makes belongs to the group `gid`, unless that is root's."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return User(uid, (gid,))
    first = gid or entry.pw_gid
    return User(uid, tuple(dict.fromkeys([first, *os.getgrouplist(entry.pw_name, entry.pw_gid)])))


def _keep(wanted: int) -> None:
    """Give up all capabilities but those that are wanted and there."""
    libc, header = ctypes.CDLL(None), struct.pack("=Ii", _VERSION, 0)
    found = ctypes.create_string_buffer(24)
    libc.capget(header, found)
    kept = struct.unpack("=6I", found.raw)[1] & wanted
    libc.capset(header, struct.pack("=6I", kept, kept, 0, 0, 0, 0))
