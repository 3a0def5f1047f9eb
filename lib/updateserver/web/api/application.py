"""The JSON API, mounted below admin/api/: who may ask, and what becomes of mistakes."""

import json
import logging
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from updateserver.base.io import files
from updateserver.base.refusal import Refusal
from updateserver.configuration.io.files import ConfigurationBroken
from updateserver.fleet.io.index import FleetIndex
from updateserver.login.io.api_tokens import ApiTokens, Token
from updateserver.login.io.records import LoginRecords
from updateserver.poll.io.installation import Installation
from updateserver.trust.call import Call
from updateserver.web.api.answers import Found, Question, answer_to
from updateserver.web.api_decisions import KIND, decided, is_decision
from updateserver.web.call import Environ, arguments, call_of, native

if TYPE_CHECKING:
    from updateserver.web.api.redirection import RedirectionApi

_LOG = logging.getLogger("updateserver.api")

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class ApiApplication:
    """Serves PATH_INFO below admin/api/; callers bring a token (`Authorization: Bearer ...`)."""

    def __init__(
        self, installation: Installation, index: FleetIndex | None = None, records: LoginRecords | None = None
    ) -> None:
        self._installation = installation
        self._index = index or FleetIndex(installation)
        self._tokens = ApiTokens(installation.root, installation.locks)
        self._redirection: RedirectionApi | None = None
        self._records = records or LoginRecords(installation.root / "cache", installation.locks)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call; everything unexpected is caught here."""
        more: list[tuple[str, str]] = []
        try:
            status, found = 200, self._found(environ)
        except Refusal as refusal:
            status, found = refusal.status, _complaint(refusal.text)
            # RFC 9110, 11.6.1: a 401 names how to log in; RFC 6750 is about such tokens.
            if status == HTTPStatus.UNAUTHORIZED:
                more = [("WWW-Authenticate", 'Bearer realm="update server"')]
            elif isinstance(refusal, TooMany):
                more = [("Retry-After", str(refusal.wait))]
            elif status == HTTPStatus.METHOD_NOT_ALLOWED:
                more = [("Allow", "GET, HEAD")]
        except ConfigurationBroken as broken:
            _LOG.error("the configuration cannot be used: %s", broken)
            status, found = 500, _complaint("the configuration cannot be used: updateserver check-config tells more")
        except OSError as error:
            _LOG.error("not served: %s", files.trouble(error))
            status, found = 500, _complaint("this cannot be read now")
        except Exception:  # noqa: BLE001 - the boundary: a traceback in the log, a bare 500 outside
            _LOG.exception("%s: not served", environ.get("REMOTE_ADDR"))
            status, found = 500, _complaint("internal error, see the server's log")
        headers = [
            ("Content-Type", found.kind),
            ("Content-Length", str(len(found.body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            # Texts of devices are in it: should a browser take it for a page, nothing of it may run.
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers + more)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [found.body]

    def _found(self, environ: Environ) -> Found:
        config = self._installation.config()
        call = call_of(environ, config)
        path = tuple(part for part in native(environ, "PATH_INFO").split("/") if part)
        if path[:1] == ("redirection",):
            return self._of_redirection(environ, call, path[1:])
        is_change = environ.get("REQUEST_METHOD") == "POST" and is_decision(path)
        token = self._admit(environ, call.address, KIND if is_change else "metrics" if path == ("metrics",) else "api")
        if not is_change and environ.get("REQUEST_METHOD", "GET") not in ("GET", "HEAD"):
            raise Refusal(405, "nothing can be changed here: GET is all that is known")
        asked = arguments(native(environ, "QUERY_STRING"))
        base = call.base.partition("/admin/")[0].rstrip("/") + "/"
        question = Question(self._installation, self._index, config, asked, base)
        return decided(question, path, f"token {token.name}", call.address) if is_change else answer_to(question, path)

    def _of_redirection(self, environ: Environ, call: Call, path: tuple[str, ...]) -> Found:
        from updateserver.web.api.redirection import RedirectionApi  # noqa: PLC0415 - sites without it need none of it
        from updateserver.web.api.redirection_asked import ApiCall  # noqa: PLC0415

        token = self._admit(environ, call.address, "api", "redirection")
        if token.kind == "api" and environ.get("REQUEST_METHOD", "GET") not in ("GET", "HEAD"):
            raise Refusal(403, "this token is one to read: redirection is changed with one for it")
        if self._redirection is None:
            self._redirection = RedirectionApi(self._installation.root)
        return self._redirection.answer(ApiCall.of(environ, call, token), path)

    def _admit(self, environ: Environ, address: str, *kinds: str) -> Token:
        """Let the bearer of a token of one of these kinds pass. Raises Refusal."""
        # Apache hides this header from CGI; a rewrite rule that hands it over gives it the second name.
        given = native(environ, "HTTP_AUTHORIZATION") or native(environ, "REDIRECT_HTTP_AUTHORIZATION")
        scheme, _, text = given.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Refusal(401, "a token is needed: Authorization: Bearer ...")
        try:
            token = self._tokens.owner(text.strip())
        except ValueError as error:
            _LOG.error("nobody can use the API: %s", error)
            raise Refusal(500, "the tokens cannot be read") from error
        if token is None:
            raise self._wrong(address)
        if token.kind not in kinds:
            raise Refusal(403, f"this token is one for {token.kind}")
        return token

    def _wrong(self, address: str) -> Refusal:
        """Note a wrong token, which counts as a wrong password.

        A right one is never kept waiting, as tokens cannot be guessed.
        """
        attempt = self._records.note_attempt(address, int(time.time()))
        if not attempt.wait:
            _LOG.warning("%s: wrong API token", address)
            return Refusal(401, "this token is not known")
        if attempt.slowed:
            _LOG.warning("%s: wrong passwords or API tokens, %d tries had to wait", address, attempt.slowed)
        return TooMany(attempt.wait)


class TooMany(Refusal):
    """Too many wrong tokens: the next try has to wait so many seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(429, "too many wrong tokens from this address")
        self.wait = wait


def _complaint(text: str) -> Found:
    return Found("application/json", json.dumps({"error": text}).encode())
