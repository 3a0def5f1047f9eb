"""A folder of `cases/`, laid out as an installation, and the ways to call it."""

import io
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlencode

from click.testing import CliRunner, Result

from tests.recordings.case import PROJECT
from tests.site import DEVICE, FOLDER, Answer, Site
from updateserver.cli.check_config import check_config
from updateserver.web.update import UpdateApplication

CASES = Path(__file__).parent / "cases"
BACKUP = "mode=backup&hwid=IP232-30-00-af&sn=00-90-33-30-00-af"


@dataclass
class Field:
    """An installation whose configuration and files are those of a case."""

    site: Site
    own: str = field(default="", repr=False)

    def case(self, name: str) -> "Field":
        """Lay out a case."""
        folder = CASES / name
        self.own = (folder / "user-config.xml").read_text(encoding="utf-8-sig")
        self.configure(self.own)
        for part in ("scripts", "config"):
            for path in sorted((folder / part).glob("*")):
                self.site.put(f"{part}/{path.name}", path.read_bytes())
        return self

    def configure(self, xml: str | bytes) -> None:
        self.site.put("config/user-config.xml", xml)

    def change(self, old: str, new: str) -> "Field":
        """Have another value of the same kind in the configuration."""
        assert old in self.own
        self.configure(self.own.replace(old, new))
        return self

    def poll(self, query: str = "", *, device: dict[str, str] | None = None, **environ: str) -> Answer:
        """Poll as the usual device; `query` is added as it is, `device` changes its arguments."""
        return self.call("GET", f"{urlencode(DEVICE | (device or {}))}{query}", **environ)

    def put(self, query: str, body: bytes, **environ: str) -> Answer:
        return self.call("PUT", query, body, **environ)

    def call(self, method: str, query: str, body: bytes = b"", **environ: str) -> Answer:
        """Call the application as a web server does; by default from a device's own address."""
        told: dict[str, object] = {
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_SOFTWARE": "lighttpd/1.4.69",
            "SERVER_NAME": "update.example.com",
            "HTTP_HOST": "update.example.com",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "192.0.2.7",
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": f"{FOLDER}update.php",
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        said: list[tuple[str, list[tuple[str, str]]]] = []
        parts = UpdateApplication(self.site.root)(
            told | environ, lambda status, headers: said.append((status, headers))
        )
        content = b"".join(parts)
        status, headers = said[0]
        return Answer(int(status.split()[0]), {name.lower(): value for name, value in headers}, content)

    def check(self) -> Result:
        """Run `updateserver check-config`."""
        return CliRunner().invoke(check_config, ["--root", str(self.site.root)])

    def backups(self) -> list[str]:
        """Return what backups hold, by name of file."""
        return [path.read_text() for path in sorted((self.site.root / "backup").rglob("*.txt"))]


def up1(answer: Answer, word: str) -> list[str]:
    """Return the values that a script gives an option of the update client."""
    return [unquote(value) for value in re.findall(rf"^config add UP1 /{word} (.+?)\r?$", answer.text, re.MULTILINE)]


def equip(site: Site) -> None:
    """Add the admin's pages to an installation."""
    (site.root / "admin").mkdir()
    shutil.copy(PROJECT / "admin" / "admin.py", site.root / "admin")
    (site.root / "web").symlink_to(PROJECT / "web")
