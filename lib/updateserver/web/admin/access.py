"""Who may see the pages: HTTPS, login and logout, and the token that each form carries."""

import hmac
import secrets
from dataclasses import replace
from pathlib import Path

from werkzeug.wrappers import Request, Response

from updateserver.base.message import Message
from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Config, Master
from updateserver.login import passwords
from updateserver.login.io.records import LoginRecords, session_secret
from updateserver.login.sessions import Session, key_of, opened, sealed
from updateserver.trust.call import Call
from updateserver.web.admin.context import PageContext

_COOKIE = "updateserver"
_TOKEN = "token"  # noqa: S105 -- the name of a field


class Access:
    """Lets admins in; one for each installation."""

    def __init__(self, root: Path, records: LoginRecords) -> None:
        self._root = root
        self._records = records

    def session(self, request: Request, call: Call, config: Config, now: int) -> Session:
        """Return the session of a browser, a new one if it has none that is valid."""
        found = opened(request.cookies.get(_cookie(call), ""), self._key(config), now)
        if found and not (found.user is not None and self._records.has_ended(found.id)):
            return found
        return _new_session(now)

    def keep(self, response: Response, context: PageContext) -> None:
        """Have the browser keep the session as it is now."""
        kept = sealed(context.session, self._key(context.config))
        if context.request.cookies.get(_cookie(context.call)) != kept:
            response.set_cookie(
                _cookie(context.call), kept, path=context.call.folder, secure=context.call.https, httponly=True,
                # Lax, not Strict: a link in a mail to an admin must not lead to the login.
                samesite="Lax",
            )  # fmt: skip

    def blocked(self, context: PageContext) -> Response | None:
        """Return what a browser gets that may not go on as it is; None lets it in."""
        if "nohttps" in context.request.args:
            context.session = replace(context.session, nohttps=True)
        if context.wants_login and not context.call.https and not context.session.nohttps:
            return _to_https(context)
        if context.mode == "login" and context.request.method == "POST":
            return self._login(context)
        if not context.is_admin:
            return _asked(context)
        if context.request.method not in ("GET", "HEAD"):
            insist_on_token(context)
        if context.mode == "logout":
            return self._logout(context)
        return None

    def _login(self, context: PageContext) -> Response:
        insist_on_token(context)
        attempt = self._records.note_attempt(context.call.address, context.now)
        if wait := attempt.wait:
            if attempt.slowed:  # once a minute, so that nobody fills the disk with this
                context.note("login slowed down", context.field("user"), Message("{n} times", n=attempt.slowed))
            text = context.translate(
                "Too many wrong passwords. Try again in {time}.", time=context.translate.span(wait)
            )
            response = _form(context, 429, text)
            response.headers["Retry-After"] = str(wait)
            return response
        if not _fits(context.config.master, context.field("user"), context.field("password")):
            context.note("login failed", context.field("user"))
            return _form(context, 403, context.translate("User or password is wrong."))
        self._records.note_success(context.call.address, context.now)
        # A new session: one that a stranger may have put into this browser before does not become an admin's.
        context.session = replace(
            _new_session(context.now), user=context.config.master.user, nohttps=context.session.nohttps
        )  # fmt: skip
        context.note("login")
        return context.forward(context.field("next"))

    def _logout(self, context: PageContext) -> Response:
        if context.request.method != "POST":  # an old bookmark
            if context.session.user is None:
                return context.forward("")
            return context.page("logout.html")
        context.note("logout")
        self._records.end(context.session.id, context.now)
        context.session = replace(_new_session(context.now), nohttps=context.session.nohttps)
        return context.forward("", context.translate("You are logged out."))

    def _key(self, config: Config) -> bytes:
        return key_of(_secret(self._root), config.master.user, config.master.password)


def insist_on_token(context: PageContext) -> None:
    """Refuse a form that is not from one of our pages in this session. Raises Refusal."""
    # compare_digest takes as long for a wrong text as for the right one, so nothing can be guessed bit by bit.
    if not hmac.compare_digest(context.field(_TOKEN).encode(), context.session.token.encode()):
        raise Refusal(403, context.translate("This form has expired. Go back, reload the page and try again."))


def _secret(root: Path) -> bytes:
    try:
        return session_secret(root / "config")
    except OSError:  # mostly, the server may not write its configuration
        return session_secret(root / "cache")


def _cookie(call: Call) -> str:
    # Browsers don't let HTTP replace a cookie that HTTPS has set: each has its own.
    return _COOKIE if call.https else f"{_COOKIE}-http"


def _new_session(now: int) -> Session:
    return Session(secrets.token_urlsafe(18), secrets.token_urlsafe(24), now)


def _fits(master: Master, user: str, password: str) -> bool:
    # Always computed, also for a wrong user: the time that an answer takes must not tell which users there are.
    is_password = passwords.matches(password, master.password)
    return hmac.compare_digest(user.encode(), master.user.encode()) and is_password


def _to_https(context: PageContext) -> Response:
    """Send the browser to HTTPS; where the port for that is not known, tell what to do."""
    query = context.request.query_string.decode("latin-1")
    path = f"{context.call.folder}{context.call.script}" + (f"?{query}" if query else "")
    host, port = _parted(context.call.host)
    address = f"https://{host}{path}"
    # With another port it is not known at which one HTTPS is: a guess would lead to a page that does not answer.
    if port in ("", "80") and context.request.method in ("GET", "HEAD"):
        return Response(status=302, headers={"Location": address})
    return context.page("https.html", 403, address=address, without=f"?{query}&nohttps" if query else "?nohttps")


def _parted(host: str) -> tuple[str, str]:
    """Return name and port of a Host header; an IPv6 address keeps its brackets."""
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and not port.endswith("]") else (host, "")


def _asked(context: PageContext) -> Response:
    """Ask for user and password; whoever is no page of a browser just hears that they are needed."""
    if context.request.method not in ("GET", "HEAD"):
        raise Refusal(403, context.translate("Log in first."))
    return _form(context, 403, "")


def _form(context: PageContext, status: int, trouble: str) -> Response:
    is_login = context.mode in ("login", "logout")
    wanted = context.field("next") if is_login else context.request.query_string.decode("latin-1")
    return context.page("login.html", status, trouble=trouble, wanted=wanted)
