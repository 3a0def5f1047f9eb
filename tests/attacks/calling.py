"""Calls of an installation without a web server between: attempts are many, and it is the application that judges."""

import io
import time

from tests.site import Site
from updateserver.findings.io.all import examined
from updateserver.poll.io.refusals import Refusals
from updateserver.web.update import UpdateApplication

STRANGER, OTHER = "192.0.2.7", "192.0.2.8"
SNIPPET = "config add CMD0 /name Lobby"


class Attacked:
    """An installation, and how it is called: from STRANGER unless an attempt says otherwise."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._application = UpdateApplication(site.root)
        site.put("scripts/update-all-default.txt", f"{SNIPPET}\r\n")

    def configure(self, status: str = "", backup: str = "", more: str = "") -> None:
        tags = f'<master info=""/><status dir="status" {status}/><backup dir="backup" {backup}/>{more}'
        self.site.configure(tags)

    def ask(self, query: str, body: bytes | None = None, address: str = STRANGER, **variables: str) -> tuple[int, str]:
        status: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET" if body is None else "PUT",
            "QUERY_STRING": query,
            "CONTENT_LENGTH": "" if body is None else str(len(body)),
            "HTTP_HOST": "update.example.com",
            "SERVER_PORT": "80",
            "SCRIPT_NAME": "/update/update.php",
            "REMOTE_ADDR": address,
            "wsgi.input": io.BytesIO(body or b""),
        }
        answer = b"".join(self._application(environ | variables, lambda line, _: status.append(line)))
        return int(status[0].split()[0]), answer.decode()

    def poll(self, sn: str, address: str = STRANGER, **variables: str) -> tuple[int, str]:
        hwid = f"IP232-{sn[9:]}".replace(":", "-").replace(" ", "-")
        return self.ask(f"type=IP232&sn={sn}&hwid={hwid}&ip=172.16.0.20", address=address, **variables)

    def backup(self, sn: str, hwid: str, address: str = STRANGER, content: bytes = b"config x") -> tuple[int, str]:
        return self.ask(f"mode=backup&hwid={hwid}&sn={sn}", content, address)

    @property
    def states(self) -> int:
        return sum(name.endswith(".xml") for name in self.site.names("status"))

    @property
    def backups(self) -> int:
        return len(self.site.names("backup"))

    def refused(self, limit: str) -> int:
        """Return how many refusals are counted for a limit, once check-config tells them."""
        cache = self.site.root / "cache"
        tally = Refusals(cache, cache / "locks").lately(int(time.time()))[limit]
        told = [finding for finding in examined(self.site.root).findings if finding.element == limit]
        assert any(f"{tally.total} " in finding.message and STRANGER in finding.message for finding in told), told
        return tally.total


def invented(number: int) -> str:
    """Return a serial number that nobody has."""
    return f"00-90-33-{number >> 16:02x}-{number >> 8 & 255:02x}-{number & 255:02x}"
