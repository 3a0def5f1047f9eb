"""An installation in a folder that a web server's user may enter, the FastCGI program, and the web servers."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.program import Program
from tests.servers.web import SERVERS, Certificates, WebServer
from tests.site import Site
from updateserver.virtual.factory import DeviceAuthority

HIDDEN = "<state>not to be seen</state>"
FIRMWARE = "130986"
HIDDEN_FILES = (
    "config/user-config-old.xml",
    "status/00-90-33-00-00-01.xml",
    "scripts/update.txt",
    "backup/IP232-00-00-01/IP232-00-00-01.0.txt",
    "certs/00-90-33-00-00-01-request.der.key",
    "cache/master-info.xml",
    "debug/Request-Certs.txt",
    ".venv/pyvenv.cfg",
    ".git/config",
    ".htaccess",
    "fw/.hidden",
    "fw/.folder/file.bin",
    "web/.hidden",
    "admin/notes.txt",
    "update.php",
    "README.md",
)


@pytest.fixture(scope="session")
def factory() -> DeviceAuthority:
    """Who makes the devices' certificates, and these tests' web servers' ones."""
    return DeviceAuthority()


@contextlib.contextmanager
def installed() -> Iterator[Site]:
    """Make an installation below the folder for temporary files, since Apache may run as another user."""
    folder = Path(tempfile.mkdtemp(prefix="updateserver-"))
    try:
        folder.chmod(0o755)
        (folder / "www" / "mtls").mkdir(parents=True)
        site = Site(folder / "www" / "mtls" / "update")
        for name in HIDDEN_FILES:
            site.put(name, HIDDEN)
        site.put("web/style.css", "body {}")
        site.put("fw/13r1/boot232.bin", "boot")
        for name in ("ip232", "ip222", "ip111", "ip112", "ip811", "ip0011"):
            site.put(f"fw/{FIRMWARE}/{name}.bin", f"firmware of {name}")
            site.put(f"fw/{FIRMWARE}/{name.replace('ip', 'boot')}.bin", f"boot code of {name}")
        (site.root / "run").mkdir()
        yield site
    finally:
        shutil.rmtree(folder)


@dataclass(frozen=True)
class Served:
    """An installation, the program that serves it, and the web server before that."""

    site: Site
    program: Program
    web: WebServer


@contextlib.contextmanager
def serving(name: str, factory: DeviceAuthority, changes: Mapping[str, str] = {}) -> Iterator[Served]:
    with installed() as site, Program(site.root) as program:
        certificates = Certificates.below(site.root.parents[2] / "certificates", factory)
        with SERVERS[name](site.root, certificates, changes) as web:
            yield Served(site, program, web)


@pytest.fixture(params=SERVERS, scope="module")
def served(request: pytest.FixtureRequest, factory: DeviceAuthority) -> Iterator[Served]:
    """One installation for all tests of a module, under each web server."""
    with serving(request.param, factory) as served:
        yield served


@pytest.fixture(params=SERVERS)
def fresh(request: pytest.FixtureRequest, factory: DeviceAuthority) -> Iterator[Served]:
    """An installation of its own for a test, under each web server."""
    with serving(request.param, factory) as served:
        yield served


@pytest.fixture
def site() -> Iterator[Site]:
    with installed() as site:
        yield site


@pytest.fixture
def start(factory: DeviceAuthority) -> Iterator[Callable[[str, Mapping[str, str]], Served]]:
    """Start a web server whose included part is changed."""
    with contextlib.ExitStack() as stack:
        yield lambda name, changes: stack.enter_context(serving(name, factory, changes))
