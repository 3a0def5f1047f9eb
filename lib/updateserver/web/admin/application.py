"""The WSGI application behind `admin/admin.py` and `admin/admin.php`: the boundary of the admin's pages."""

import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from updateserver.base.io import files
from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Config
from updateserver.configuration.io.files import ConfigurationBroken
from updateserver.fleet.io.index import FleetIndex
from updateserver.login.io.audit import Audit
from updateserver.login.io.records import LoginRecords
from updateserver.poll.io.installation import Installation
from updateserver.trust.io import unnamed_proxies
from updateserver.web.admin.access import Access
from updateserver.web.admin.context import PageContext, Resources
from updateserver.web.admin.rendering import html, secured, web_stamp
from updateserver.web.admin.routes import answer_of
from updateserver.web.admin.translation import translation_for
from updateserver.web.api.application import ApiApplication
from updateserver.web.call import call_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse

_LOG = logging.getLogger("updateserver.admin")
_LARGEST_FORM = 1 << 20  # bytes; the largest is a certificate
_MANY_FIELDS = 2000


class _Request(Request):
    max_content_length = _LARGEST_FORM
    max_form_memory_size = _LARGEST_FORM
    max_form_parts = _MANY_FIELDS


class AdminApplication:
    """Serves the admins of the installation in the folder `root`."""

    methods = ("GET", "HEAD", "PUT", "POST", "DELETE")  # those of the API

    def __init__(self, root: Path) -> None:
        installation = Installation(root)
        self._installation = Resources(installation, FleetIndex(installation), Audit(root / "audit" / "audit.jsonl"))
        records = LoginRecords(root / "cache", installation.locks)
        self._access = Access(root, records)
        self._api = ApiApplication(installation, self._installation.index, records)

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one call; this is the one place where everything unexpected is caught."""
        request = _Request(environ)
        if request.args.get("mode") == "api":
            # Web servers pass on admin/admin.php only, so what follows it is an argument.
            path = f"/{request.args.get('path', '').lstrip('/')}"
            return self._api({**environ, "PATH_INFO": path.encode().decode("latin-1")}, start_response)
        try:
            return secured(self._answered(request))(environ, start_response)
        finally:
            request.close()  # what was uploaded

    def longest_body(self, environ: dict[str, Any]) -> int:
        """Return how long a form we would read, in bytes."""
        return _LARGEST_FORM if environ.get("REQUEST_METHOD") in ("POST", "PUT") else 0

    def _answered(self, request: Request) -> Response:
        try:
            return self._served(request)
        except ConfigurationBroken as broken:
            _LOG.error("the configuration cannot be used: %s", broken)
            return self._broken(request, broken)
        except HTTPException as error:
            return self._error(request, error.code or 400, error.name)
        except Refusal as refusal:
            _LOG.warning("%s: refused with %d: %s", request.remote_addr, refusal.status, refusal.text)
            return self._error(request, refusal.status, refusal.text)
        except OSError as error:  # a disk that is full, read-only, gone
            _LOG.error("%s: not served: %s", request.remote_addr, files.trouble(error))
            return self._error(request, 500, "Data cannot be read or stored at the moment.")
        except Exception:  # noqa: BLE001 - the boundary: a traceback in the log, a bare 500 outside
            _LOG.exception("%s: not served: %r", request.remote_addr, request.query_string[:200])
            return self._error(request, 500, "Internal error, see the server's log.")

    def _served(self, request: Request) -> Response:
        config = self._installation.installation.config()
        context = self._context(request, config)
        response = self._access.blocked(context)
        if response is None:
            response = answer_of(context)
        # After the page was made: it may have taken the notice out of the session.
        self._access.keep(response, context)
        return response

    def _context(self, request: Request, config: Config) -> PageContext:
        now = int(time.time())
        call = call_of(request.environ, config)
        if call.unnamed_proxy:
            unnamed_proxies.note(self._installation.root, call.unnamed_proxy, now)
        session = self._access.session(request, call, config, now)
        translate = translation_for(request.accept_languages)
        return PageContext(self._installation, config, request, call, session, translate, now)

    def _error(self, request: Request, status: int, text: str) -> Response:
        return self._bare(request, "error.html", status, text=text)

    def _broken(self, request: Request, broken: ConfigurationBroken) -> Response:
        # Who asks is not known: so only places are told, no values.
        return self._bare(request, "broken.html", 500, findings=broken.fatal)

    def _bare(self, request: Request, template: str, status: int, **values: Any) -> Response:
        known = {"_": translation_for(request.accept_languages), "stamp": web_stamp(self._installation.root)}
        return Response(html(template, known | values), status, content_type="text/html; charset=utf-8")
