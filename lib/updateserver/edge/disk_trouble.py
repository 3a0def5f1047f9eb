"""What a disk that does not let us read or write means to an admin: what, where, and what to do, in one line."""

import errno
import os

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


def told(trouble: OSError) -> str:
    """Return an error of the disk as `No space left on device: /srv/update/status/x.xml (free some space)`."""
    what = trouble.strerror or str(trouble) or type(trouble).__name__
    where = f": {os.fsdecode(trouble.filename)}" if trouble.filename else ""
    to_do = _TO_DO.get(trouble.errno or 0, "")
    return what + where + (f" ({to_do.format(user=os.geteuid())})" if to_do else "")
