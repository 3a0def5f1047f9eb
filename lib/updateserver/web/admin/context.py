"""One call of an admin's browser: what it asks for, who it is, and the ways to answer it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.wrappers import Request, Response

from updateserver.base.names import ALLOWED, is_safe
from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Config
from updateserver.fleet.io.index import FleetIndex
from updateserver.login.io.audit import Audit, AuditEntry
from updateserver.login.passwords import DEFAULT_PASSWORD
from updateserver.login.sessions import Session
from updateserver.poll.io import other_spellings
from updateserver.poll.io.installation import Installation
from updateserver.redirection.io import sqlite_registry, xml_registry
from updateserver.trust.call import Call
from updateserver.web.admin.rendering import html, web_stamp
from updateserver.web.admin.translation import Translation

_LONGEST_NOTICE = 300  # characters: it travels in a cookie

_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Resources:
    """What a process knows of the installation whose pages it serves."""

    installation: Installation
    index: FleetIndex
    audit: Audit

    @property
    def root(self) -> Path:
        """The folder of the installation."""
        return self.installation.root


@dataclass
class PageContext:
    """One call; `session` is replaced when the browser is to keep another one."""

    resources: Resources
    config: Config
    request: Request
    call: Call
    session: Session
    translate: Translation
    now: int  # Unix seconds

    @property
    def wants_login(self) -> bool:
        """Tell whether a login is configured."""
        return bool(self.config.master.user or self.config.master.password)

    @property
    def is_admin(self) -> bool:
        """Tell whether this browser may see and do everything."""
        return not self.wants_login or self.session.user is not None

    @property
    def mode(self) -> str:
        """The page that is asked for."""
        return self.argument("mode") or "status"

    @property
    def has_redirection(self) -> bool:
        """Tell whether redirection is set up."""
        return any((self.resources.root / name).exists() for name in (xml_registry.NAME, sqlite_registry.NAME))

    @property
    def base(self) -> str:
        """The URL of the installation, with a slash at its end."""
        return self.call.base.removesuffix("admin/")

    def argument(self, name: str, default: str = "") -> str:
        """Return an argument of the address."""
        return self.request.args.get(name, default)

    def field(self, name: str) -> str:
        """Return a field of a form."""
        return self.request.form.get(name, "")

    def serial_number(self, given: str | None = None) -> str:
        """Return the serial number in the address, or this one, if it is safe."""
        installation = self.resources.installation
        sn = other_spellings.meant(installation, self.config, self.argument("sn") if given is None else given)
        if not is_safe(sn):
            raise Refusal(
                400,
                self.translate(
                    "sn={sn} is not allowed: expected {allowed}", sn=repr(sn), allowed=self.translate(ALLOWED)
                ),
            )
        return sn

    def shows_secrets(self, subject: str, details: str = "") -> bool:
        """Tell whether the address asks for secrets to be shown, too; that is noted in the audit log."""
        is_wanted = self.argument("secrets") == "1"
        if is_wanted:
            self.note("secrets shown", subject, details)
        return is_wanted

    def page(self, template: str, status: int = 200, /, **values: Any) -> Response:
        """Return a page; it shows the session's notice, which is gone then."""
        known = {
            "context": self,
            "config": self.config,
            "_": self.translate,
            "now": self.now,
            "stamp": web_stamp(self.resources.root),
            "notice": self.session.notice,
            "has_default_password": self.config.master.password == DEFAULT_PASSWORD,
        }
        response = Response(html(template, known | values), status, content_type=_HTML)
        if self.session.notice:
            self.session = replace(self.session, notice="")
        return response

    def forward(self, query: str, notice: str = "") -> Response:
        """Send the browser to another page of ours, given as `?mode=...`; that page shows the notice."""
        if notice:
            self.session = replace(self.session, notice=notice[:_LONGEST_NOTICE])
        own = urlencode(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
        return Response(status=303, headers={"Location": f"{self.call.script}{'?' if own else ''}{own}"})

    def note(self, action: str, subject: str = "", details: str = "") -> None:
        """Write an entry into the audit log."""
        entry = AuditEntry(self.now, self.session.user or "", self.call.address, action, subject, details)
        self.resources.audit.note(entry)


def download(content: bytes, name: str, content_type: str = "application/octet-stream") -> Response:
    """Return content that the browser stores as a file; `name` is made of safe characters."""
    response = Response(content, content_type=content_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
