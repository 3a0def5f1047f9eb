"""A call of the JSON API about redirection, and what its bearer may see.

A token of one customer sees and changes what is that customer's. Of other things it is not told whose they are.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from updateserver.base.refusal import Refusal
from updateserver.login.io.api_tokens import Token
from updateserver.login.io.audit import Audit, AuditEntry
from updateserver.redirection.io.registry_files import OpenRegistry
from updateserver.redirection.registry import Project
from updateserver.redirection.table import serial_in
from updateserver.trust.call import Call
from updateserver.web.api.answers import Found
from updateserver.web.body import read_body
from updateserver.web.call import Environ, arguments, native

_LARGEST = 1 << 16  # bytes of JSON


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

    @property
    def reads(self) -> bool:
        """Tell whether nothing is to be changed."""
        return self.method in ("GET", "HEAD")

    def said(self) -> dict[str, Any]:
        """Return the JSON that was sent. Raises Refusal."""
        try:
            found = json.loads(read_body(self.environ, _LARGEST) or b"{}")
        except (ValueError, RecursionError) as error:
            raise Refusal(400, "the body is no JSON") from error
        if not isinstance(found, dict):
            raise Refusal(400, "the body is no JSON object")
        return found

    def note(self, root: Path, action: str, subject: str, details: str = "") -> None:
        """Write what was done into the audit log."""
        entry = AuditEntry(int(time.time()), f"token {self.token.name}", self.call.address, action, subject, details)
        Audit(root / "audit" / "audit.jsonl").note(entry)

    def number(self, name: str, default: int, most: int) -> int:
        """Return an argument that is a number. Raises Refusal."""
        text = self.arguments.get(name, "") or str(default)
        if not (text.isascii() and text.isdecimal() and len(text) < 17 and int(text) <= most):  # noqa: PLR2004 - 2**53
            raise Refusal(400, f"{name} is not a number from 0 to {most}")
        return int(text)


def owned(now: OpenRegistry, customer: int | None) -> list[Project]:
    """Return the projects of a customer, None: of all."""
    return [project for project in now.registry.projects() if customer in (None, project.customer.id)]


def own_project(now: OpenRegistry, customer: int | None, number: int) -> Project:
    """Return a project of a customer, None: of any. Raises Refusal: one of another customer is none."""
    found = next((project for project in owned(now, customer) if project.id == number), None)
    if found is None:
        raise Refusal(404, f"there is no project {number} of yours" if customer else f"there is no project {number}")
    return found


def as_json(found: object) -> Found:
    """Return an answer of JSON."""
    return Found("application/json", json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def serial(text: str) -> str:
    """Return a serial number in its canonical form. Raises Refusal."""
    try:
        return serial_in(text)
    except ValueError as error:
        raise Refusal(400, str(error)) from error
