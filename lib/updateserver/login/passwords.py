"""Passwords of the configuration: in clear, or as a hash that `updateserver hash-password` made.

A hash describes itself, in the usual notation: $scrypt$ln=14,r=8,p=5$SALT$HASH, both in base64 without padding.
"""

import base64
import binascii
import hashlib
import hmac
import re

DEFAULT_PASSWORD = "password"  # noqa: S105 -- the well-known one that is warned of
SALT_LENGTH = 16  # bytes

_HASH = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)", re.ASCII)
_COST = 14, 8, 5  # OWASP's recommendation for 16 MiB
_LENGTH = 32  # bytes
_MEMORY = 256 << 20  # bytes that a hash may ask for


def is_hash(stored: str) -> bool:
    """Tell whether a configured password is a hash; what is none is the password itself."""
    return _HASH.fullmatch(stored) is not None


def hashed(password: str, salt: bytes) -> str:
    """Return the hash of a password; `salt` is random."""
    ln, r, p = _COST
    digest = _scrypt(password, salt, _COST, _LENGTH)
    return f"$scrypt$ln={ln},r={r},p={p}${_text(salt)}${_text(digest)}"


def matches(password: str, stored: str) -> bool:
    """Tell whether a password is the configured one. Raises ValueError for a hash that cannot be computed."""
    if not (parts := _HASH.fullmatch(stored)):
        return hmac.compare_digest(_bytes(password), _bytes(stored))
    ln, r, p, salt, digest = parts.groups()
    wanted = _decoded(digest)
    return hmac.compare_digest(_scrypt(password, _decoded(salt), (int(ln), int(r), int(p)), len(wanted)), wanted)


def _scrypt(password: str, salt: bytes, cost: tuple[int, int, int], length: int) -> bytes:
    ln, r, p = cost
    return hashlib.scrypt(_bytes(password), salt=salt, n=1 << ln, r=r, p=p, maxmem=_MEMORY, dklen=length)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii").rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("the hash of the password is cut off") from error
