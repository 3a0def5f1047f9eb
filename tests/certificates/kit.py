"""What tests of certificates stand on: phones with keys of their own, and the commands of an admin."""

import json
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.site import Site
from updateserver.cli.certificates import certificates
from updateserver.virtual.credential import KeyPool
from updateserver.virtual.device import Device
from updateserver.virtual.factory import self_signed
from updateserver.virtual.identity import DeviceIdentity

SN, HWID = "00-90-33-00-00-77", "SWPHONE-00-00-77"
OTHER_SN = "00-90-33-00-00-78"
CA = "Update Server CA"
QUERIES = '<queries><query id="admin"><applies>*</applies></query><query id="certificates"><applies>*</applies></query></queries>'  # noqa: E501
MANUAL = {"dir": "certs", "CAname": "My CA", "CSRdn-cn": "{hwid}", "CSRdn-o": "ACME M&#252;ller", "CSRkey": "P-256",
          "CSRsan-dns-1": "{name}.example.com"}  # fmt: skip
LOCAL = MANUAL | {"CAtype": "local", "CAname": CA}
OF_THE_DEVICE = {"CSRsan-dns-1": "{hwid}.example.com", "CSRsan-ip-1": "{ip}"}  # names that need nobody to look at them
POLICY = LOCAL | OF_THE_DEVICE | {"auto-sign-off": "true", "network": "127.0.0.0", "netmask": "255.0.0.0"}


def configuration(certs: dict[str, str], times: str = "") -> str:
    attributes = " ".join(f'{name}="{value}"' for name, value in certs.items())
    return f'<master info=""/><status dir="status"/>{times}<customcerts {attributes}/>{QUERIES}'


def trusting(site: Site, certs: dict[str, str]) -> str:
    """Return a configuration that gives snippets only to who proves to be a device, on the server's second port."""
    assert site.server
    port = site.server.addresses[1][1]
    return configuration(certs, f'<times forcehttps="true" forcetrust="true" httpsport="{port}"/>')


def make_phone(site: Site, sn: str = SN) -> Device:
    """A soft phone with a self-signed certificate; each has keys of its own."""
    assert site.server
    identity = DeviceIdentity("SWPHONE", sn)
    return Device(f"{site.server.url}update.php", identity, self_signed(identity), keys=KeyPool(1))


def poll_until(phone: Device, happened: Callable[[], bool], polls: int = 12) -> None:
    for _ in range(polls):
        if happened():
            return
        phone.poll()
    assert happened()


def poll_until_requested(phone: Device, site: Site) -> bytes:
    """Poll until the phone's request is here, and return it."""
    name = f"{phone.identity.sn}-request.p10.der"
    poll_until(phone, lambda: name in site.names("certs"))
    return site.read(f"certs/{name}")


def run(site: Site, command: str, *arguments: str, given: bytes | None = None, **environment: str) -> Result:
    """Run a command of an admin."""
    named = [command, "--root", str(site.root), *arguments]
    return CliRunner().invoke(certificates, named, input=given, env=environment or None)


def done(site: Site, command: str, *arguments: str, **more: Any) -> str:
    """Run a command that succeeds, and return what it says."""
    result = run(site, command, *arguments, **more)
    assert result.exit_code == 0, result.output
    return result.output


def listed(site: Site, *arguments: str) -> dict[str, dict[str, Any]]:
    """Return what the list says, by serial number."""
    return {row["sn"]: row for row in json.loads(done(site, "list", "--json", *arguments))}


def journal(site: Site) -> list[tuple[str, str]]:
    """Return who did what, by the journal."""
    entries = [json.loads(line) for line in site.read("certs/journal.jsonl").splitlines()]
    return [(entry["deed"], entry["by"]) for entry in entries]


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def init_ca(site: Site, *arguments: str, **environment: str) -> str:
    """Make a CA with a key that is quickly made."""
    return done(site, "init-ca", "--kind", "ec-256", *arguments, **environment)


def has_its_own(phone: Device) -> bool:
    """Tell whether the phone still has the certificate that it made itself."""
    assert phone.x509.credential
    return len(phone.x509.credential.chain) == 1


def settles(phone: Device, issuer: str) -> None:
    """Insist that the phone settles with a certificate of this CA, and with its snippets."""
    poll_until(phone, lambda: not has_its_own(phone))
    phone.run_until_rest(max_polls=20)
    assert phone.at_rest
    assert phone.x509.credential
    assert issuer in phone.x509.credential.chain[0].issuer.rfc4514_string()
    assert len(phone.x509.credential.chain) == 2
    assert phone.configuration.option("CMD0", "/name") == "settled"
