"""The WSGI application behind `update.py` and `update.php`: devices poll it and upload to it."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from updateserver.base.io import files
from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Config
from updateserver.configuration.io.files import ConfigurationBroken
from updateserver.device.request import BackupUpload, Poll, QueryAnswer, VarDump
from updateserver.poll.io.debug import debug_call
from updateserver.poll.io.delivery import deliver
from updateserver.poll.io.installation import Installation
from updateserver.poll.uploads import largest
from updateserver.trust.call import Call
from updateserver.web.answer import answer
from updateserver.web.body import announced, read_body
from updateserver.web.call import Environ, arguments, call_of, native, origin_of, request_of

_LOG = logging.getLogger("updateserver.update")
_LARGEST_FORM = 1 << 20  # bytes

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class UpdateApplication:
    """Serves the devices of the installation in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.installation = Installation(root)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call; this is the one place where everything unexpected is caught."""
        config = None
        try:
            config = self.installation.config()
            status, body = 200, self._served(config, environ)
        except Refusal as refusal:
            self._note(refusal, config, environ)
            status, body = refusal.status, _comments([refusal.text])
        except ConfigurationBroken as broken:
            _LOG.error("the configuration cannot be used: %s", broken)
            status, body = 500, broken.comment.encode() + b"\r\n"
        except OSError as error:  # a disk that is full, read-only, gone: the device may try again
            _LOG.error("%s: not served: %s: %s", environ.get("REMOTE_ADDR"), _what(environ), files.trouble(error))
            status, body = 500, b"# this cannot be read or stored now, try again later\r\n"
        except Exception:  # noqa: BLE001 - the boundary: a traceback in the log, a bare 500 outside
            _LOG.exception("%s: not served", environ.get("REMOTE_ADDR"))
            status, body = 500, b"# internal error, see the server's log\r\n"
        if config and (config.debugscript or config.debugcerts):
            with contextlib.suppress(Refusal):
                args = arguments(native(environ, "QUERY_STRING"))
                debug_call(self.installation.root, config, environ, args, body)
        return answer(start_response, status, body, is_head=environ.get("REQUEST_METHOD") == "HEAD")

    def longest_body(self, environ: Environ) -> int:
        """Return how long a body we would read, in bytes, before any of it has arrived; 0 where we refuse the call."""
        try:
            config = self.installation.config()
            if environ.get("REQUEST_METHOD") not in ("PUT", "POST"):
                return 0
            args = arguments(native(environ, "QUERY_STRING"))
            if "mode" not in args:
                return _LARGEST_FORM if _is_form(environ) else 0
            upload = request_of(args, config)
            if isinstance(upload, Poll):
                return 0
            from updateserver.poll.io import uploads  # noqa: PLC0415 - a plain CGI poll does not need it

            uploads.admit(self.installation, config, call_of(environ, config), upload, int(time.time()))
        except (Refusal, ConfigurationBroken, OSError):
            return 0
        return largest(upload, config)[0]

    def _served(self, config: Config, environ: Environ) -> bytes:
        call = call_of(environ, config)
        if call.unnamed_proxy:
            from updateserver.trust.io import unnamed_proxies  # noqa: PLC0415 - nearly no poll needs it

            unnamed_proxies.note(self.installation.root, call.unnamed_proxy, int(time.time()))
        query = native(environ, "QUERY_STRING")
        args = arguments(query)
        # The reference takes arguments from a form as well; devices send none.
        if "mode" not in args and _is_form(environ):
            args = arguments(query, read_body(environ, _LARGEST_FORM))
        request = request_of(args, config)
        if isinstance(request, Poll):
            if config.status.is_restricted and (why := self._why_it_waits(config, call, request)):
                return _comments([why])
            return deliver(self.installation, config, call, request, _sign_by_policy)
        return _comments(self._stored(config, call, environ, request))

    def _why_it_waits(self, config: Config, call: Call, poll: Poll) -> str:
        from updateserver.poll.io import newcomers  # noqa: PLC0415 - most installations serve everybody

        return newcomers.why_it_waits(self.installation, config, call, poll, int(time.time()))

    def _note(self, refusal: Refusal, config: Config | None, environ: Environ) -> None:
        """Tell in the log what was refused; what limits refuse is counted instead."""
        if refusal.limit and config:
            self.installation.refusals.note(refusal.limit, origin_of(environ, config).address, int(time.time()))
        else:
            _LOG.warning("%s: refused with %d: %s", environ.get("REMOTE_ADDR"), refusal.status, refusal.text)

    def _stored(
        self, config: Config, call: Call, environ: Environ, request: BackupUpload | QueryAnswer | VarDump
    ) -> list[str]:
        from updateserver.poll.io import uploads  # noqa: PLC0415 - a plain CGI poll does not need it

        limit, name = largest(request, config)
        # Refused by its announced length, before anything of it is read.
        announced(environ, limit, name)
        now = int(time.time())
        was = uploads.admit(self.installation, config, call, request, now)
        body = read_body(environ, limit, name)
        if isinstance(request, BackupUpload):
            return uploads.store_backup(self.installation, config, call.address, request, body, now)
        if isinstance(request, QueryAnswer):
            return uploads.store_answer(self.installation, config, request, body, now, was)
        from updateserver.certificates.io import variable_dumps  # noqa: PLC0415 - only while a device gets a certificate

        return variable_dumps.store(self.installation, config, call, request, body, now)


def _sign_by_policy(installation: Installation, config: Config, sn: str, now: int) -> None:
    """Have the policy look at a request that waits; the device gets the certificate at its next poll."""
    from updateserver.certificates.io import enrolment, signing  # noqa: PLC0415 -- they bring cryptography

    try:
        signing.consider(enrolment.Enrolment(installation, config, sn), now)
    except Exception:  # noqa: BLE001 - whatever is odd about a certificate must not cost the script
        _LOG.exception("the request of %s cannot be judged", sn)


def _what(environ: Environ) -> str:
    query = native(environ, "QUERY_STRING")
    return f"{environ.get('REQUEST_METHOD')} {query!r:.160}"


def _is_form(environ: Mapping[str, Any]) -> bool:
    kind = environ.get("CONTENT_TYPE") or ""
    return environ.get("REQUEST_METHOD") == "POST" and kind.lower().startswith("application/x-www-form-urlencoded")


def _comments(messages: Iterable[str]) -> bytes:
    text = "".join(f"# {' '.join(message.split())}\r\n" for message in messages)
    return text.encode("utf-8", "surrogateescape")
