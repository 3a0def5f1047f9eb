"""A session of an admin's browser: a signed text that the browser keeps, so that any process can go on with it.

The key depends on the configured password: a new password ends all sessions.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

from updateserver.base.times import HOUR

LIFETIME = 12 * HOUR  # seconds from the login on
_SIGNATURE = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's session; `user` is None until somebody logged in."""

    id: str  # random
    token: str  # random: what each form of a page carries
    since: int  # Unix seconds
    user: str | None = None
    nohttps: bool = False  # somebody chose to do without HTTPS
    notice: str = ""  # what the next page is to say


def key_of(secret: bytes, user: str, password: str) -> bytes:
    """Return the key that signs sessions, made of the server's secret and the configured login."""
    return hmac.digest(secret, f"{user}\0{password}".encode("utf-8", "surrogatepass"), "sha256")


def sealed(session: Session, key: bytes) -> str:
    """Return the text that a browser keeps."""
    content = json.dumps(asdict(session)).encode()
    return base64.urlsafe_b64encode(hmac.digest(key, content, "sha256") + content).decode("ascii")


def opened(text: str, key: bytes, now: int) -> Session | None:
    """Return the session of such a text; None if it is not from us, was signed before a new password, or is too old."""
    try:
        both = base64.urlsafe_b64decode(text)
    except ValueError:
        return None
    signature, content = both[:_SIGNATURE], both[_SIGNATURE:]
    if not hmac.compare_digest(signature, hmac.digest(key, content, "sha256")):
        return None
    try:
        session = Session(**json.loads(content))
    except (TypeError, ValueError):  # another version of this program signed it
        return None
    return session if session.since <= now < session.since + LIFETIME else None
