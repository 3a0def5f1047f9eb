"""What the JSON API tells and changes of redirection, below `redirection/` (docs/api.md).

A token of one customer sees and changes what is that customer's only. Of other things it is not told whose they are.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from updateserver.base.refusal import Refusal
from updateserver.base.times import DAY
from updateserver.login.io.api_tokens import Token
from updateserver.redirection.io.calls import Calls
from updateserver.redirection.io.registry_files import OpenRegistry, RegistryBroken, RegistryFiles
from updateserver.redirection.table import serial_in
from updateserver.trust.call import Call
from updateserver.web.api.answers import Found
from updateserver.web.call import Environ, arguments, native

_MOST = 1000  # entries of one answer


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of the API about redirection."""

    environ: Environ
    method: str
    arguments: Mapping[str, str]
    call: Call
    token: Token

    @classmethod
    def of(cls, environ: Environ, call: Call, token: Token) -> "ApiCall":
        """Return what a call of the bearer of this token asks for."""
        asked = arguments(native(environ, "QUERY_STRING"))
        return cls(environ, environ.get("REQUEST_METHOD", "GET"), asked, call, token)

    @property
    def customer(self) -> int | None:
        """Whose things alone may be seen and changed; None: everybody's."""
        return self.token.customer or None

    def number(self, name: str, default: int, most: int) -> int:
        """Return an argument that is a number. Raises Refusal."""
        text = self.arguments.get(name, "") or str(default)
        if not (text.isascii() and text.isdecimal() and len(text) < 17 and int(text) <= most):  # noqa: PLR2004 - 2**53
            raise Refusal(400, f"{name} is not a number from 0 to {most}")
        return int(text)


class RedirectionApi:
    """Answers for the installation in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.registry_files = RegistryFiles(root)
        self.calls = Calls(root / "cache")

    def answer(self, asked: ApiCall, path: tuple[str, ...]) -> Found:
        """Return what a call is answered with. Raises Refusal."""
        try:
            now = self.registry_files.open()
        except RegistryBroken as broken:
            raise Refusal(500, "the redirection data cannot be used: updateserver check-config tells more") from broken
        if now is None:
            raise Refusal(404, "no redirection is set up here, see docs/redirection.md")
        match asked.method, path:
            case "GET" | "HEAD", ("calls",):
                return self._told_calls(asked, now)
        raise Refusal(404, "there is nothing at this address, see docs/api.md")

    def _told_calls(self, asked: ApiCall, now: OpenRegistry) -> Found:
        since = int(time.time()) - now.settings.remember * DAY
        limit, customer = asked.number("limit", 100, _MOST), asked.customer
        if sn := asked.arguments.get("sn", ""):
            found = [call for call in self.calls.of(serial(sn), since) if customer in (None, call.customer)]
        elif asked.arguments.get("from", "") == "here":
            known = self.calls.newest(since, address=asked.call.certain_address or "-", limit=limit)
            found = [call for call in known if customer is None or call.customer in (0, customer)]
        else:
            wanted = asked.number("customer", 0, 2**53) or customer
            if customer not in (None, wanted):
                raise Refusal(403, "this token is one for another customer")
            found = self.calls.newest(since, customer=wanted, limit=limit)
        return as_json([call.plain for call in found[:limit]])


def as_json(found: object) -> Found:
    """Return an answer of JSON."""
    return Found("application/json", json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def serial(text: str) -> str:
    """Return a serial number in its canonical form. Raises Refusal."""
    try:
        return serial_in(text)
    except ValueError as error:
        raise Refusal(400, str(error)) from error
