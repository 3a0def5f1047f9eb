"""The secret that signs the sessions of admins: random, made once, readable by nobody else."""

import os
import secrets
from pathlib import Path

from updateserver.edge.files import content_of

_LENGTH = 32  # bytes


def session_secret(folder: Path) -> bytes:
    """Return the secret in `session-secret` in this folder, made now if there is none. Raises OSError."""
    path = folder / "session-secret"
    try:
        return _whole(path)
    except FileNotFoundError:
        _make(path)
        return _whole(path)


def _make(path: Path) -> None:
    """Make the file; of several processes that do so at once, the first one's stays."""
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_LENGTH))
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
    finally:
        fresh.unlink()


def _whole(path: Path) -> bytes:
    secret = content_of(path)
    if len(secret) < _LENGTH:
        raise OSError(f"{path} is too short to be a secret: remove it, and a new one is made")
    return secret
