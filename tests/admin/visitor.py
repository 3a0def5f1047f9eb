"""Somebody with a browser that has no scripts, or with no browser at all: HTTP, a cookie, and forms."""

import http.client
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from lxml import html

from tests.site import FOLDER, Answer, Site

SCRIPT = f"{FOLDER}admin/admin.php"
USER, PASSWORD = "chief", "correct horse"
SN = "00-90-33-30-00-af"

Fields = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass
class Visitor:
    """One browser; `source` is the address that it calls from."""

    site: Site
    source: str = "127.0.0.1"
    language: str = "en"
    cookie: str = ""
    token: str = field(default="", repr=False)  # of the last page

    def get(self, query: str) -> Answer:
        return self.ask("GET", query)

    def post(self, query: str, fields: Fields = (), *, token: str | None = None) -> Answer:
        """Send a form, with the token of the last page unless another one is given."""
        pairs = [*(fields.items() if isinstance(fields, Mapping) else fields)]
        used = self.token if token is None else token
        body = urlencode([*pairs, *([("token", used)] if used else [])]).encode()
        return self.ask("POST", query, body, "application/x-www-form-urlencoded")

    def upload(self, fields: Mapping[str, str], name: str, content: bytes) -> Answer:
        """Send a form with a file."""
        parts = [
            f'--xx\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {**fields, "token": self.token}.items()
        ]
        head = f'--xx\r\nContent-Disposition: form-data; name="{name}"; filename="a.cer"\r\n\r\n'
        body = b"".join([*parts, head.encode(), content, b"\r\n--xx--\r\n"])
        return self.ask("POST", "?mode=certificate", body, "multipart/form-data; boundary=xx")

    def ask(self, method: str, query: str, body: bytes | None = None, content_type: str = "") -> Answer:
        """Call, and keep cookie and token of the answer."""
        assert self.site.server
        address = self.site.server.addresses[0]
        connection = http.client.HTTPConnection(*address, source_address=(self.source, 0))
        headers = {"Accept-Language": self.language}
        headers |= {"Cookie": self.cookie} if self.cookie else {}
        headers |= {"Content-Type": content_type} if content_type else {}
        try:
            connection.request(method, SCRIPT + query, body, headers)
            got = connection.getresponse()
            answer = Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        finally:
            connection.close()
        if cookie := answer.headers.get("set-cookie"):
            self.cookie = cookie.partition(";")[0]
        if match := re.search(r'name="token" value="([^"]+)"', answer.text):
            self.token = match[1]
        return answer

    def log_in(self, user: str = USER, password: str = PASSWORD) -> Answer:
        self.get("?nohttps")
        return self.post("?mode=login", {"user": user, "password": password})

    @property
    def is_in(self) -> bool:
        return self.get("?mode=status").status == 200


def page(answer: Answer) -> html.HtmlElement:
    """Return a page as browsers understand it."""
    return html.document_fromstring(answer.body.decode())
