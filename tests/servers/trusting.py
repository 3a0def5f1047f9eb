"""Installations that believe certificates only, behind lighttpd, Apache and the embedded server.

The authorities are test CAs with the names of the real ones.
"""

import contextlib
import http.client
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from tests.certificates.kit import CA, init_ca
from tests.servers.conftest import installed
from tests.servers.program import PROJECT, Program
from tests.servers.web import SERVERS, Certificates, WebServer, free_ports, running, tls
from tests.site import Answer, Site
from updateserver.certificates.io.local_ca import CERTIFICATE, FOLDER
from updateserver.virtual.credential import Credential, new_key
from updateserver.virtual.factory import BEGIN, END, FIRST_AUTHORITY, SECOND_AUTHORITY, DeviceAuthority
from updateserver.virtual.identity import DeviceIdentity

OWN, UNLISTED = "My CA", "Neighbour's CA"
LISTED = (FIRST_AUTHORITY, SECOND_AUTHORITY, OWN, CA)
LONG_AGO, LONG_HENCE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2048, 1, 1, tzinfo=UTC)
KEPT = ("certs", "status", "backup", "config", "scripts")


@dataclass(frozen=True)
class Authorities:
    """Whom the web servers trust. Nobody trusts `namesake`, which has the name of `own`."""

    first: DeviceAuthority = field(default_factory=lambda: DeviceAuthority(FIRST_AUTHORITY))  # its name has no CN
    second: DeviceAuthority = field(default_factory=lambda: DeviceAuthority(SECOND_AUTHORITY, common_name=True))
    own: DeviceAuthority = field(default_factory=lambda: DeviceAuthority(OWN, common_name=True))
    unlisted: DeviceAuthority = field(default_factory=lambda: DeviceAuthority(UNLISTED, common_name=True))
    namesake: DeviceAuthority = field(default_factory=lambda: DeviceAuthority(OWN, common_name=True))

    def pem(self) -> bytes:
        trusted = (self.first, self.second, self.own, self.unlisted)
        return b"".join(authority.certificate.public_bytes(Encoding.PEM) for authority in trusted)


@cache
def authorities() -> Authorities:
    return Authorities()


def made_for(authority: DeviceAuthority, cn: str, begin: datetime = BEGIN, end: datetime = END) -> Credential:
    """Make a certificate whose subject is nothing but a CN."""
    key = new_key("P-256")
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, cn)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
    return Credential(key, (authority.sign(request.public_bytes(Encoding.DER), begin, end),))


def with_chain(authority: DeviceAuthority, identity: DeviceIdentity) -> Credential:
    """Make a device's certificate, to be shown with that of its CA."""
    issued = authority.issue(identity)
    return Credential(issued.key, (*issued.chain, authority.certificate))


@dataclass(frozen=True)
class Trusting:
    """An installation behind a server."""

    site: Site
    web: WebServer
    folder: Path  # of clients

    @property
    def refuses_in_handshake(self) -> bool:
        """Whether a certificate that cannot be verified ends the handshake."""
        return self.web.name != "lighttpd"

    def call(
        self,
        url: str,
        credential: Credential | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
    ) -> Answer | None:
        """Fetch or upload; None where the server refuses the handshake."""
        parts = urlsplit(url)
        if parts.scheme == "https":
            context = tls(credential, self.folder)
            connection = http.client.HTTPSConnection(parts.netloc, context=context, timeout=60)
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=60)  # type: ignore[assignment]
        with contextlib.closing(connection):
            try:
                connection.request("GET" if body is None else "PUT", f"{parts.path}?{parts.query}", body, dict(headers))
                answer = connection.getresponse()
                return Answer(answer.status, dict(answer.getheaders()), answer.read())
            except OSError:
                assert self.refuses_in_handshake
                return None

    def kept(self) -> dict[str, bytes]:
        """Return what lies in the installation, as far as devices could change anything of it."""
        files = [path for name in KEPT for path in (self.site.root / name).rglob("*") if path.is_file()]
        return {str(path.relative_to(self.site.root)): path.read_bytes() for path in files}

    def variables(self) -> dict[str, str]:
        """Return what the server told of the TLS client of the last call, by `debugcerts`."""
        text = self.site.read("debug/Request-Certs.txt").decode()
        last = re.split(r"^\d{4}-\d\d-\d\d .*$", text, flags=re.MULTILINE)[-1]
        return dict(re.findall(r"^(\w+): (.*)$", last, flags=re.MULTILINE))


@contextlib.contextmanager
def embedded(root: Path, certificates: Certificates, changes: Mapping[str, str]) -> Iterator[WebServer]:
    """Run `updateserver serve`."""
    assert not changes
    http_port, https, mtls = free_ports()
    run = root / "run"
    command = ["env", f"PYTHONPATH={PROJECT / 'lib'}", sys.executable, "-m", "updateserver", "serve"]
    command += ["--root", str(root), "--host", "127.0.0.1", "--quiet", "--cert", str(certificates.server)]
    command += ["--http", str(http_port), "--https", str(https), "--mtls", str(mtls)]
    command += ["--client-ca", str(certificates.authorities)]
    with running(command, run, (http_port, https, mtls)) as pid:
        yield WebServer("embedded", pid, http_port, https, mtls, run / "output.log")


ALL = ("lighttpd", "apache", "embedded")


@contextlib.contextmanager
def trusting(name: str, configuration: str) -> Iterator[Trusting]:
    """Serve an installation that has a CA of its own, which the server knows as all others."""
    with installed() as site, contextlib.ExitStack() as stack:
        site.configure(configuration)
        init_ca(site)
        outside = site.root.parents[2]
        files = Certificates.below(outside / "certificates", authorities().own)
        files.authorities.write_bytes(authorities().pem() + site.read(f"{FOLDER}/{CERTIFICATE}"))
        if name in SERVERS:
            stack.enter_context(Program(site.root))
        web = stack.enter_context(SERVERS.get(name, embedded)(site.root, files, {}))
        (outside / "clients").mkdir()
        yield Trusting(site, web, outside / "clients")


def have_configured(at: Trusting, content: str, **switches: str) -> None:
    """Configure an installation; `{port}` in the content is its port for mutual TLS."""
    attributes = "".join(f' {name}="{value}"' for name, value in switches.items())
    at.site.put("config/user-config.xml", f"<config{attributes}>{content.replace('{port}', str(at.web.mtls))}</config>")
