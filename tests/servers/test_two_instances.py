"""`docs/two-instances.md` as it stands there: a staging server and a final one, and devices on their way."""

import contextlib
import re
import resource
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.certificates.kit import (
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
from updateserver.certificates.io import local_ca
from updateserver.certificates.io.local_ca import CERTIFICATE, FOLDER, KEY
from updateserver.cli.check_config import check_config
from updateserver.poll import url_modification
from updateserver.virtual.credential import KeyPool
from updateserver.virtual.device import Device
from updateserver.virtual.factory import self_signed
from updateserver.virtual.identity import DeviceIdentity

GUIDE = (PROJECT / "docs" / "two-instances.md").read_text()
CONFIGURATIONS = re.findall(r"^```xml\n<config>(.*?)</config>\n```$", GUIDE, re.DOTALL | re.MULTILINE)
(BLOCKS,) = re.findall(r"^   ```lighttpd\n(.*?)^   ```$", GUIDE, re.DOTALL | re.MULTILINE)
WAYS = {"local": CONFIGURATIONS[:2], "manual": CONFIGURATIONS[2:]}
CA = "ACME Phones CA"
MASTER = '<master info="" user="admin" password="not the default one"/>'
SNIPPET = "config add CMD0 /name settled"
KEYS = KeyPool(4)
SERIALS = count(1)


@dataclass(frozen=True)
class Two:
    """Both servers behind one lighttpd."""

    staging: Site
    final: Site
    http: int
    https: int
    mtls: int

    def configure(self, staging: str, final: str) -> None:
        for site, content in ((self.staging, staging), (self.final, final)):
            assert 'httpsport="444"' in content
            site.configure(MASTER + content.replace('httpsport="444"', f'httpsport="{self.mtls}"'))

    @property
    def url(self) -> str:
        """What devices get by DHCP."""
        return f"https://127.0.0.1:{self.https}/update/update.php"

    @property
    def final_url(self) -> str:
        return f"https://127.0.0.1:{self.mtls}/update/update.php"


def soft_phone(url: str, sn: str) -> Device:
    identity = DeviceIdentity("SWPHONE", sn)
    return Device(url, identity, self_signed(identity), keys=KEYS)


def arrives(two: Two, phone: Device) -> None:
    """Insist that a device gets its snippets from the final server, for its certificate."""
    poll_until(phone, lambda: phone.url.startswith(f"{two.final_url}?"))
    phone.run_until_rest(max_polls=20)
    assert phone.at_rest
    assert f"good certificate(CN='{phone.identity.hwid}')" in phone.poll().script
    assert phone.configuration.option("CMD0", "/name") == "settled"


@pytest.fixture
def sn() -> str:
    return f"00-90-33-00-{next(SERIALS):02x}-77"


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with installed() as staging, installed() as final, contextlib.ExitStack() as stack:
        for site, content in zip((staging, final), WAYS["local"], strict=True):
            site.configure(content)
            stack.enter_context(Program(site.root, processes=2))
        init_ca(staging, "--name", CA)
        ca = staging.root / FOLDER
        done(final, "init-ca", "--key", str(ca / KEY), "--cert", str(ca / CERTIFICATE))
        final.snippet(SNIPPET)

        files = Certificates.below(staging.root.parents[2] / "certificates", authorities().own)
        files.authorities.write_bytes(authorities().pem() + (ca / CERTIFICATE).read_bytes())
        yield stack.enter_context(lighttpd(Two(staging, final, *free_ports()), files))


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


def sign(site: Site, sn: str, way: str) -> None:
    """Do what an admin does, or a program that brings requests to a CA."""
    if way == "local":
        assert "signed, good until" in done(site, "sign", sn)
        return
    request = x509.load_pem_x509_csr(done(site, "export", sn).encode())
    ca = local_ca.load(site.root, int(time.time()))  # as if it was the company's
    signed = ca.sign(request.public_bytes(Encoding.DER), 730, server_auth=False)
    assert "accepted" in done(site, "upload", sn, "-", given=pem(signed))


@pytest.mark.parametrize("way", WAYS)
def test_a_soft_phone_goes_by_the_staging_server_to_the_final_one_and_is_renewed_there(
    two: Two, sn: str, way: str
) -> None:
    staging, final = WAYS[way]
    two.configure(staging, final)
    phone = soft_phone(two.url, sn)
    poll_until_requested(phone, two.staging)
    for _ in range(3):
        phone.poll()
    assert phone.url.startswith(two.url)
    assert has_its_own(phone)

    sign(two.staging, sn, way)
    arrives(two, phone)
    assert not phone.counters["errors"]
    first = phone.x509.credential
    assert f"{sn}.xml" in two.final.names("status")
    assert f"{sn}-issued.cer" not in two.final.names("certs")

    two.configure(staging, final.replace('renew="90"', 'renew="800"'))
    if way == "manual":
        poll_until_requested(phone, two.final)
        assert f"verified by certificate (CN={phone.identity.hwid})" in done(two.final, "show", sn)
        sign(two.final, sn, way)
    poll_until(phone, lambda: phone.x509.credential is not first)
    two.configure(staging, final)
    arrives(two, phone)
    assert not phone.counters["errors"]
    assert listed(two.final)[sn]["state"] == "good"
    deed, by = journal(two.final)[-1]
    assert (deed, by) == (("signed", "policy") if way == "local" else ("uploaded", "command"))
    assert set(two.staging.names("scripts")) <= {"update.txt"}  # which is no snippet


def test_hardware_with_the_makers_certificate_needs_nobody_and_the_old_url_is_good(two: Two) -> None:
    two.configure(*WAYS["local"])
    old = two.url.replace("/update/", "/mtls/update/")
    for url, authority in ((two.url, authorities().first), (old, authorities().second)):
        identity = DeviceIdentity("IP232", f"00-90-33-30-{next(SERIALS):02x}-77")
        arrives(two, Device(url, identity, authority.issue(identity)))


def test_without_forcetrust_the_staging_server_sends_devices_on_too_early(two: Two, sn: str) -> None:
    staging, final = WAYS["local"]
    two.configure(staging.replace(' forcetrust="true"', ""), final)
    phone = soft_phone(two.url, sn)
    poll_until(phone, lambda: phone.url.startswith(f"{two.final_url}?"))
    assert has_its_own(phone)


@pytest.mark.parametrize("way", WAYS)
def test_whoever_calls_the_final_server_without_a_good_certificate_gets_nothing(two: Two, sn: str, way: str) -> None:
    two.configure(*WAYS[way])
    stranger = soft_phone(two.final_url, sn)
    poll_until_requested(stranger, two.final)
    for _ in range(6):
        assert SNIPPET not in stranger.poll().script
    assert has_its_own(stranger)
    assert "unverified" in done(two.final, "show", sn)
    assert listed(two.final)[sn]["state"] == "waiting for CA"


def test_a_device_that_was_reset_begins_at_the_staging_server_once_both_released_it(two: Two, sn: str) -> None:
    two.configure(*WAYS["local"])
    phone = soft_phone(two.url, sn)
    poll_until_requested(phone, two.staging)
    sign(two.staging, sn, "local")
    arrives(two, phone)

    phone = soft_phone(two.url, sn)
    assert "forgotten that it had been given certificate" in done(two.staging, "release", sn)
    assert "forgotten that it had shown a certificate" in done(two.final, "release", sn)
    poll_until_requested(phone, two.staging)
    sign(two.staging, sn, "local")
    arrives(two, phone)


@pytest.mark.parametrize("number", range(4))
def test_check_config_finds_nothing_wrong_but_what_the_guide_says(two: Two, number: int) -> None:
    two.staging.configure(MASTER + CONFIGURATIONS[number])
    (two.staging.root / "scripts/update.txt").unlink(missing_ok=True)  # no snippet, and told as such
    result = CliRunner().invoke(check_config, ["--root", str(two.staging.root)])
    has_policy = "auto-sign-off" in CONFIGURATIONS[number]
    remark = "only devices that show a verified certificate are signed for"
    assert remark in " ".join(GUIDE.split())
    assert ("No problems found." in result.output) == (not has_policy)
    assert (remark in result.output) == has_policy
    assert ("0 errors, 1 warning" in result.output) == has_policy


@pytest.mark.parametrize(
    ("modifier", "url"),
    [
        ("!mtls/!!i", "https://SERVER:444/update/update.php"),
        ("!mtls/i!!", "https://SERVER:444/update/update.php"),
        ("!update/i!!", "https://SERVER:444/update/update.php"),
        ("!update/!!i", "https://SERVER:444/update.php"),
    ],
)
def test_what_the_modifiers_do_that_the_guide_speaks_of(modifier: str, url: str) -> None:
    assert f"`{modifier}`" in GUIDE
    assert f"`{url}`" in GUIDE
    assert url_modification.parse(modifier).apply("https://SERVER:444/update/update.php") == url


def test_different_paths_need_the_modifier_that_the_guide_shows() -> None:
    (modifier,) = re.findall("`(!/staging/.*?)`", GUIDE)
    assert (
        url_modification.parse(modifier).apply("https://SERVER:444/staging/update.php")
        == "https://SERVER:444/update/update.php"
    )
