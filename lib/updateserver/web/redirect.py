"""The WSGI application behind `redirect.py`, `redirect.php` and `init`: devices ask it for their update server."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from updateserver.base.io import files
from updateserver.base.lines import joined
from updateserver.base.refusal import Refusal
from updateserver.configuration.io.files import ConfigurationBroken
from updateserver.poll.io.installation import Installation
from updateserver.redirection.io.answering import Redirection
from updateserver.redirection.io.registry_files import RegistryBroken
from updateserver.web.answer import answer
from updateserver.web.call import Environ, arguments, call_of, native

_LOG = logging.getLogger("updateserver.redirection")
_METHODS = ("GET", "HEAD")

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class RedirectApplication:
    """Redirects the devices that the installation in the folder `root` knows."""

    def __init__(self, root: Path) -> None:
        self.installation = Installation(root)
        self.redirection = Redirection(root)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call; this is the one place where everything unexpected is caught."""
        try:
            status, body = 200, self._served(environ)
        except Refusal as refusal:
            _LOG.warning("%s: refused with %d: %s", environ.get("REMOTE_ADDR"), refusal.status, refusal.text)
            status, body = refusal.status, joined([f"# {refusal.text}"])
        except ConfigurationBroken as broken:
            _LOG.error("the configuration cannot be used: %s", broken)
            status, body = 500, joined([broken.comment])
        except RegistryBroken as broken:
            _LOG.error("the redirection data cannot be used: %s", broken)
            status, body = 500, b"# the redirection data cannot be used, see the server's log\r\n"
        except OSError as error:
            _LOG.error("%s: not served: %s", environ.get("REMOTE_ADDR"), files.trouble(error))
            status, body = 500, b"# this cannot be read now, try again later\r\n"
        except Exception:  # noqa: BLE001 - the boundary: a traceback in the log, a bare 500 outside
            _LOG.exception("%s: not served", environ.get("REMOTE_ADDR"))
            status, body = 500, b"# internal error, see the server's log\r\n"
        return answer(start_response, status, body, is_head=environ.get("REQUEST_METHOD") == "HEAD")

    @staticmethod
    def longest_body(_: Environ) -> int:
        """Return how long a body we would read: none at all."""
        return 0

    def _served(self, environ: Environ) -> bytes:
        if environ.get("REQUEST_METHOD") not in _METHODS:
            raise Refusal(405, "devices ask with GET")
        config = self.installation.config()
        call = call_of(environ, config)
        if call.unnamed_proxy:
            from updateserver.trust.io import unnamed_proxies  # noqa: PLC0415 - hardly any call needs it

            unnamed_proxies.note(self.installation.root, call.unnamed_proxy, int(time.time()))
        args = arguments(native(environ, "QUERY_STRING"))
        # In the server's time zone, as the vendor's service writes it.
        return self.redirection.script(config, call, args, datetime.now(UTC).astimezone())
