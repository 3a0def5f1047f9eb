"""`docs/two-instances.md` as it stands there: a staging server and a final one, and devices on their way."""

import contextlib
import re
import resource
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.certificates.kit import (
    der,
    done,
    has_its_own,
    init_ca,
    journal,
    listed,
    pem,
    poll_until,
    poll_until_requested,
)
from tests.servers.conftest import installed
from tests.servers.program import PROJECT, Program
from tests.servers.trusting import authorities
from tests.servers.web import Certificates, example, free_ports, program, replaced, running
from tests.site import Site
from updateserver.edge.local_ca import CERTIFICATE, FOLDER, KEY
from updateserver.virtual.credential import Credential, KeyPool
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority, self_signed
from updateserver.virtual.identity import Identity

GUIDE = (PROJECT / "docs" / "two-instances.md").read_text()
LOCAL_STAGING, LOCAL_FINAL, MANUAL_STAGING, MANUAL_FINAL = re.findall(r"^```xml\n<config>(.*?)</config>\n```$", GUIDE, re.S | re.M)
(BLOCKS,) = re.findall(r"^   ```lighttpd\n(.*?)^   ```$", GUIDE, re.S | re.M)
CA = "ACME Phones CA"
SNIPPET = "config add CMD0 /name settled"
KEYS = KeyPool(4)
SERIALS = count(1)


@dataclass(frozen=True)
class Two:
    """Both servers behind one lighttpd."""

    staging: Site
    final: Site
    authority: DeviceAuthority  # of the company
    http: int
    https: int
    mtls: int

    def configure(self, staging: str, final: str) -> None:
        for site, content in ((self.staging, staging), (self.final, final)):
            assert 'httpsport="444"' in content
            site.configure('<master info=""/>' + content.replace('httpsport="444"', f'httpsport="{self.mtls}"'))

    def phone(self, sn: str = "", *, at_once: Credential | None = None, kind: str = "SWPHONE") -> Device:
        """A device that got its URL by DHCP; without a certificate of the maker it made one itself."""
        identity = Identity(kind, sn or f"00-90-33-00-{next(SERIALS):02x}-77")
        url = f"https://127.0.0.1:{self.https}/update/update.php"
        return Device(url, identity, at_once or self_signed(identity), keys=KEYS)

    def arrives(self, phone: Device, issuer: str) -> None:
        """Insist that a device gets its snippets from the final server, and by a certificate of this CA."""
        poll_until(phone, lambda: phone.url.startswith(f"https://127.0.0.1:{self.mtls}/update/update.php?"))
        phone.run_until_rest(max_polls=20)
        assert phone.at_rest
        assert issuer_of(phone) == issuer
        assert f"good certificate(CN='{phone.identity.hwid}')" in phone.poll().script
        assert phone.configuration.option("CMD0", "/name") == "settled"


def issuer_of(phone: Device) -> str:
    assert phone.x509.credential
    return phone.x509.credential.chain[0].issuer.rfc4514_string().partition(",")[0].partition("=")[2]


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    company = DeviceAuthority(CA, common_name=True)
    with installed() as staging, installed() as final, contextlib.ExitStack() as stack:
        for site, content in ((staging, LOCAL_STAGING), (final, LOCAL_FINAL)):
            site.configure(content)
            stack.enter_context(Program(site.root, processes=2))
        init_ca(staging, "--name", CA)
        ca = staging.root / FOLDER
        done(final, "init-ca", "--key", str(ca / KEY), "--cert", str(ca / CERTIFICATE))
        for site in (staging, final):
            site.put("certs/companys-ca.cer", der(company.certificate))
        final.snippet(SNIPPET)

        files = Certificates.below(staging.root.parents[2] / "certificates", authorities().own)
        files.authorities.write_bytes(authorities().pem() + pem(company.certificate) + (ca / CERTIFICATE).read_bytes())
        yield stack.enter_context(lighttpd(Two(staging, final, company, *free_ports()), files))


@contextlib.contextmanager
def lighttpd(two: Two, files: Certificates) -> Iterator[Two]:
    """Run lighttpd as the guide configures it: only the variables are other ones."""
    run, final = two.staging.root / "run", two.final.root
    (run / "uploads").mkdir()
    example(final, "lighttpd", {})
    beginning, mark, _ = example(two.staging.root, "lighttpd", {}).partition("# ---- HTTPS, and mutual TLS")
    assert mark
    text = beginning + textwrap.dedent(BLOCKS)
    settings = {
        "updateserver_folder": f'"{two.staging.root}"',
        "updateserver_socket": f'"{run}/updateserver.socket"',
        "final_folder": f'"{final}"',
        "final_socket": f'"{final}/run/updateserver.socket"',
        "address": '"127.0.0.1"',
        "http_port": two.http,
        "https_port": two.https,
        "mtls_port": two.mtls,
        "server_pem": f'"{files.server}"',
        "client_authorities_pem": f'"{files.authorities}"',
        "user": '""',
        "group": '""',
        "run": f'"{run}"',
        "log": f'"{run}"',
        "uploads": f'"{run}/uploads"',
        "max_files": min(8000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
    }
    for name, value in settings.items():
        text = replaced(text, rf"^(var\.{name}\s*= )(\".*?\"|\d+)", value)
    configuration = run / "lighttpd.conf"
    configuration.write_text(text)
    command = [program("lighttpd"), "-D", "-f", str(configuration)]
    with running(command, run, (two.http, two.https, two.mtls)):
        yield two


def by_own_ca(two: Two, site: Site, phone: Device) -> None:
    """Sign a request with one command."""
    assert site is two.staging, "the final server signs by itself"
    assert "signed, good until" in done(site, "sign", phone.identity.sn)


def by_company(two: Two, site: Site, phone: Device) -> None:
    """Bring a request to the company's CA and its certificate back, as an admin or a program does."""
    sn = phone.identity.sn
    request = done(site, "export", sn).encode()
    signed = two.authority.sign(der_of(request))
    assert "accepted" in done(site, "upload", sn, "-", given=pem(signed))
