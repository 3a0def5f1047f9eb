"""Real web servers, configured by the examples as they are: only the variables at their tops are other ones."""

import contextlib
import http.client
import os
import re
import resource
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.ports import free_port
from tests.servers.program import PROJECT
from tests.site import Answer
from tests.waiting import wait_until
from updateserver.virtual.credential import Credential
from updateserver.virtual.factory import DeviceAuthority

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
_MODULES = (
    "mpm_event",
    "authz_core",
    "alias",
    "buffer",
    "env",
    "mime",
    "reqtimeout",
    "socache_shmcb",
    "ssl",
    "proxy",
    "proxy_fcgi",
)
_APACHE = """
ServerRoot /etc/apache2
ServerName localhost
PidFile {run}/apache.pid
DefaultRuntimeDir {run}
Mutex file:{run} default
ErrorLog {run}/error.log
LogLevel info
TypesConfig /etc/mime.types
{user}
{modules}
<Directory />
    Require all denied
</Directory>
Listen 127.0.0.1:{http}
Listen 127.0.0.1:{https}
Include {site}
"""


def program(name: str) -> str:
    """Return the path of a web server. Who is root or builds has it; others are told what to install."""
    if found := shutil.which(name, path=PATH):
        return found
    if os.geteuid() == 0 or os.environ.get("CI"):
        pytest.fail(f"{name} is missing; ./test installs it")
    pytest.skip(f"{name} is missing: sudo apt-get install {name}")


@dataclass(frozen=True)
class WebServer:
    """A running web server. Its ports: plain, with TLS, with TLS that asks for a certificate."""

    name: str
    pid: int
    http: int
    https: int
    mtls: int
    error_log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}/mtls/update/"

    @property
    def https_url(self) -> str:
        return f"https://127.0.0.1:{self.https}/mtls/update/"

    @property
    def mtls_url(self) -> str:
        return f"https://127.0.0.1:{self.mtls}/update/"

    def get(self, target: str) -> Answer:
        """Fetch a path exactly as it is written."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=60)
        with contextlib.closing(connection):
            connection.putrequest("GET", target, skip_accept_encoding=True)
            connection.endheaders()
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())


@dataclass(frozen=True)
class Certificates:
    """The files that a web server reads: its own certificate, and whom it trusts."""

    server: Path
    authorities: Path

    @classmethod
    def below(cls, folder: Path, authority: DeviceAuthority) -> "Certificates":
        folder.mkdir()
        own, trusted = folder / "server.pem", folder / "device-authorities.pem"
        root = authority.certificate.public_bytes(Encoding.PEM)
        own.write_bytes(authority.issue_server("localhost").pem() + root)
        trusted.write_bytes(root)
        return cls(own, trusted)


@contextlib.contextmanager
def lighttpd(root: Path, certificates: Certificates, changes: Mapping[str, str], user: str = "") -> Iterator[WebServer]:
    """Run lighttpd with the example, as a user or as whoever runs the tests."""
    http, https, mtls = free_ports()
    run = root / "run"
    (run / "uploads").mkdir(exist_ok=True)
    settings = {
        "updateserver_folder": f'"{root}"',
        "updateserver_socket": f'"{run}/updateserver.socket"',
        "address": '"127.0.0.1"',
        "http_port": http,
        "https_port": https,
        "mtls_port": mtls,
        "server_pem": f'"{certificates.server}"',
        "client_authorities_pem": f'"{certificates.authorities}"',
        "user": f'"{user}"',
        "group": f'"{user}"',
        "run": f'"{run}"',
        "log": f'"{run}"',
        "uploads": f'"{run}/uploads"',
        "max_files": min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
    }
    text = example(root, "lighttpd", changes)
    for name, value in settings.items():
        text = replaced(text, rf"^(var\.{name}\s*= )(\".*?\"|\d+)", value)
    configuration = run / "lighttpd.conf"
    configuration.write_text(text)
    command = [program("lighttpd"), "-D", "-f", str(configuration)]
    with running(command, run, (http, https, mtls)) as pid:
        yield WebServer("lighttpd", pid, http, https, mtls, run / "error.log")


@contextlib.contextmanager
def apache(root: Path, certificates: Certificates, changes: Mapping[str, str]) -> Iterator[WebServer]:
    """Run Apache with the example as a site, in a server as Debian configures it."""
    http, https, mtls = free_ports()
    run = root / "run"
    settings = {
        "UPDATESERVER_FOLDER": root,
        "UPDATESERVER_SOCKET": run / "updateserver.socket",
        "HTTP_PORT": http,
        "HTTPS_PORT": https,
        "MTLS_PORT": mtls,
        "MTLS_LISTEN": f"127.0.0.1:{mtls}",
        "SERVER_CERTIFICATE": certificates.server,
        "SERVER_KEY": certificates.server,
        "CLIENT_AUTHORITIES": certificates.authorities,
    }
    text = example(root, "apache", changes)
    for name, value in settings.items():
        text = replaced(text, rf"^(Define {name} )(.*)$", value)
    site, configuration = run / "site.conf", run / "apache.conf"
    site.write_text(text)
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    modules = "\n".join(f"Include /etc/apache2/mods-available/{name}.load" for name in _MODULES)
    configuration.write_text(_APACHE.format(run=run, user=user, modules=modules, http=http, https=https, site=site))
    command = [program("apache2"), "-D", "FOREGROUND", "-f", str(configuration)]
    with running(command, run, (http, https, mtls)) as pid:
        yield WebServer("apache", pid, http, https, mtls, run / "error.log")


SERVERS = {"lighttpd": lighttpd, "apache": apache}


@contextlib.contextmanager
def running(command: list[str], run: Path, ports: tuple[int, ...]) -> Iterator[int]:
    """Run a server until the end of the block."""
    with (run / "output.log").open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            told = f"{command[0]} listens; it said: {run / 'output.log'}"
            wait_until(lambda: process.poll() is not None or all(map(listens, ports)), told)
            assert process.poll() is None, (run / "output.log").read_text()
            yield process.pid
        finally:
            process.terminate()


def replaced(text: str, pattern: str, value: object) -> str:
    """Give the one line that sets a variable another value."""
    text, count = re.subn(pattern, lambda found: f"{found[1]}{value}", text, flags=re.MULTILINE)
    assert count == 1, f"{pattern} is found {count} times"
    return text


def example(root: Path, name: str, changes: Mapping[str, str]) -> str:
    """Return an example, and lay out the one that it includes; `changes` are what tests want to be otherwise."""
    both = {part: (PROJECT / f"{name}{part}.conf.example").read_text() for part in ("", "-include")}
    for old, new in changes.items():
        assert any(old in text for text in both.values()), f"{old!r} is not found"
        both = {part: text.replace(old, new) for part, text in both.items()}
    (root / f"{name}-include.conf.example").write_text(both["-include"])
    return both[""]


def free_ports() -> tuple[int, int, int]:
    return free_port(), free_port(), free_port()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tls(credential: Credential | None, folder: Path) -> ssl.SSLContext:
    """Return how a client calls that shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if credential:
        pem = folder / "client.pem"
        pem.write_bytes(credential.pem())
        context.load_cert_chain(pem)
    return context
