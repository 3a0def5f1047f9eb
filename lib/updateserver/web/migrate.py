"""The WSGI application behind `update-migrate.py`: it sends the devices of an old installation to a new one."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from updateserver.web.answer import answer

_PRINTABLE = re.compile(r"[!-~]*")


class MigrateApplication:
    """Redirects to the update script of the installation at `new_server`, its URL with or without `update.php`.

    "" stands for the update script beside this one.
    """

    def __init__(self, new_server: str = "") -> None:
        self.target = new_server

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
    ) -> Iterable[bytes]:
        """Answer one call."""
        query = environ.get("QUERY_STRING", "")
        if not _PRINTABLE.fullmatch(query):
            return answer(start_response, 400, b"# the query string holds characters that are not allowed\r\n")
        location = f"{self._script(environ)}?{query}"
        body = f"# this update server has moved to {location}\r\n".encode()
        # 302, not 301, as the reference has it: the way to the new server is not to be remembered for ever.
        return answer(start_response, 302, body, more=[("Location", location)])

    @staticmethod
    def longest_body(_: dict[str, Any]) -> int:
        """Return how long a body we would read: none at all."""
        return 0

    def _script(self, environ: dict[str, Any]) -> str:
        if not self.target:
            # With two slashes at its beginning it would be the address of another server.
            folder = environ.get("SCRIPT_NAME", "").rpartition("/")[0].lstrip("/")
            return f"{quote(f'/{folder}' if folder else '', encoding='latin-1')}/update.php"
        return self.target if self.target.endswith((".php", ".py")) else f"{self.target.rstrip('/')}/update.php"
