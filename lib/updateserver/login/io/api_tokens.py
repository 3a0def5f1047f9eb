"""The tokens of the JSON API: `config/api-tokens.json`, in which only their hashes are kept."""

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from updateserver.base.io.files import only_writer, read, replace

NAME = "config/api-tokens.json"
_BYTES = 32  # of a token: too many to be guessed, so that its plain hash is enough


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    `kind` is "api" for all that the API tells, "metrics" for the metrics only, "admission" to let in, "redirection" for
    what devices are told that come out of their box: of all customers, or of one.
    """

    name: str
    kind: str
    hash: str  # SHA-256, as hex
    created: int  # Unix seconds
    customer: int = 0  # whose devices it is for; 0: all


class ApiTokens:
    """The tokens of the installation in the folder `root`."""

    def __init__(self, root: Path, locks: Path) -> None:
        self._path = root / NAME
        self._locks = locks

    def all(self) -> list[Token]:
        """Return all tokens, by name. Raises ValueError if the file does not hold any list of tokens."""
        try:
            content = read(self._path)
        except OSError as error:
            raise ValueError(f"{NAME} cannot be read: {error.strerror}") from error
        if content is None:
            return []
        try:
            return [Token(**one) for one in json.loads(content)]
        except (TypeError, ValueError) as error:
            raise ValueError(f"{NAME} cannot be read: {error}") from error

    def create(self, name: str, kind: str, customer: int = 0) -> str:
        """Make a token and return its text, which is told only once. Raises ValueError if the name is taken."""
        text = secrets.token_urlsafe(_BYTES)
        with only_writer(self._locks, NAME):
            tokens = self.all()
            if any(token.name == name for token in tokens):
                raise ValueError(f"there is a token '{name}' already")
            self._write([*tokens, Token(name, kind, _hash(text), int(time.time()), customer)])
        return text

    def revoke(self, name: str) -> bool:
        """Forget a token; return whether there was one of this name."""
        with only_writer(self._locks, NAME):
            tokens = self.all()
            left = [token for token in tokens if token.name != name]
            if len(left) < len(tokens):
                self._write(left)
        return len(left) < len(tokens)

    def owner(self, text: str) -> Token | None:
        """Return the token of this text, None if there is none."""
        given = _hash(text)
        found = [token for token in self.all() if hmac.compare_digest(token.hash, given)]
        return found[0] if found else None

    def _write(self, tokens: list[Token]) -> None:
        ordered = sorted(tokens, key=lambda token: token.name)
        content = json.dumps([asdict(token) for token in ordered], indent=1).encode() + b"\n"
        replace(self._path, content, durable=True, mode=0o600)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
