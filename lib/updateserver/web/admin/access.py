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
from updateserver.web.admin.visit import Visit

_COOKIE = "updateserver"
_TOKEN = "token"  # noqa: S105 -- the name of a field


class Door:
    """Lets admins in; one for each installation."""

    def __init__(self, root: Path, book: LoginRecords) -> None:
        self._root = root
        self._book = book

    def session(self, request: Request, call: Call, config: Config, now: int) -> Session:
        """Return the session of a browser, a new one if it has none that is valid."""
        found = opened(request.cookies.get(_cookie(call), ""), self._key(config), now)
        if found and not (found.user is not None and self._book.has_ended(found.id)):
            return found
        return _new_session(now)

    def keep(self, response: Response, visit: Visit) -> None:
        """Have the browser keep the session as it is now."""
        kept = sealed(visit.session, self._key(visit.config))
        if visit.request.cookies.get(_cookie(visit.call)) != kept:
            response.set_cookie(
                _cookie(visit.call), kept, path=visit.call.folder, secure=visit.call.https, httponly=True,
                samesite="Lax",
            )  # fmt: skip

    def hold(self, visit: Visit) -> Response | None:
        """Return what a browser gets that may not go on as it is; None lets it in."""
        if "nohttps" in visit.request.args:
            visit.session = replace(visit.session, nohttps=True)
        if visit.wants_login and not visit.call.https and not visit.session.nohttps:
            return _to_https(visit)
        if visit.mode == "login" and visit.request.method == "POST":
            return self._login(visit)
        if not visit.is_admin:
            return _asked(visit)
        if visit.request.method not in ("GET", "HEAD"):
            insist_on_token(visit)
        if visit.mode == "logout":
            return self._logout(visit)
        return None

    def _login(self, visit: Visit) -> Response:
        insist_on_token(visit)
        knock = self._book.knock(visit.call.address, visit.now)
        if wait := knock.wait:
            if knock.slowed:  # once a minute, so that nobody fills the disk with this
                visit.note("login slowed down", visit.field("user"), Message("{n} times", n=knock.slowed))
            text = visit.words("Too many wrong passwords. Try again in {time}.", time=visit.words.span(wait))
            response = _form(visit, 429, text)
            response.headers["Retry-After"] = str(wait)
            return response
        if not _fits(visit.config.master, visit.field("user"), visit.field("password")):
            visit.note("login failed", visit.field("user"))
            return _form(visit, 403, visit.words("User or password is wrong."))
        self._book.welcome(visit.call.address, visit.now)
        # A new session: one that a stranger may have put into this browser before does not become an admin's.
        visit.session = replace(
            _new_session(visit.now), user=visit.config.master.user, nohttps=visit.session.nohttps
        )  # fmt: skip
        visit.note("login")
        return visit.forward(visit.field("next"))

    def _logout(self, visit: Visit) -> Response:
        if visit.request.method != "POST":  # an old bookmark
            if visit.session.user is None:
                return visit.forward("")
            return visit.page("logout.html")
        visit.note("logout")
        self._book.end(visit.session.id, visit.now)
        visit.session = replace(_new_session(visit.now), nohttps=visit.session.nohttps)
        return visit.forward("", visit.words("You are logged out."))

    def _key(self, config: Config) -> bytes:
        return key_of(_secret(self._root), config.master.user, config.master.password)


def insist_on_token(visit: Visit) -> None:
    """Refuse a form that is not from one of our pages in this session. Raises Refusal."""
    if not hmac.compare_digest(visit.field(_TOKEN).encode(), visit.session.token.encode()):
        raise Refusal(403, visit.words("This form is not from a current page of yours. Go back, reload, try again."))


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
    is_password = passwords.matches(password, master.password)
    return hmac.compare_digest(user.encode(), master.user.encode()) and is_password


def _to_https(visit: Visit) -> Response:
    """Send the browser to HTTPS; where the port for that is not known, tell what to do."""
    query = visit.request.query_string.decode("latin-1")
    path = f"{visit.call.folder}{visit.call.script}" + (f"?{query}" if query else "")
    host, port = _parted(visit.call.host)
    address = f"https://{host}{path}"
    if port in ("", "80") and visit.request.method in ("GET", "HEAD"):
        return Response(status=302, headers={"Location": address})
    return visit.page("https.html", 403, address=address, without=f"?{query}&nohttps" if query else "?nohttps")


def _parted(host: str) -> tuple[str, str]:
    """Return name and port of a Host header; an IPv6 address keeps its brackets."""
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and not port.endswith("]") else (host, "")


def _asked(visit: Visit) -> Response:
    """Ask for user and password; whoever is no page of a browser just hears that they are needed."""
    if visit.request.method not in ("GET", "HEAD"):
        raise Refusal(403, visit.words("Log in first."))
    return _form(visit, 403, "")


def _form(visit: Visit, status: int, trouble: str) -> Response:
    is_login = visit.mode in ("login", "logout")
    wanted = visit.field("next") if is_login else visit.request.query_string.decode("latin-1")
    return visit.page("login.html", status, trouble=trouble, wanted=wanted)
