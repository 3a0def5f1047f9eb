"""What a stranger learns and changes who knows a serial number: as docs/security.md says, and no more."""

import re
from pathlib import Path

import pytest

from tests.differences.test_row_22_identity import BAD, FORCED, GOOD, POLL, call, proof
from tests.site import SN, Site, site

__all__ = ["site"]

SNIPPET = "config change SECRET /of device"
BACKUP = "mode=backup&hwid=IP232-30-00-af&sn=00-90-33-30-00-af"
OWN = "Lobby"
TRUSTING = FORCED.replace(
    'CSRdn-cn="{hwid}"', 'CSRdn-cn="{hwid}" CSRsan-dns-1="{name}.example.com" CSRsan-ip-1="{realip}"'
)


@pytest.fixture
def known(site: Site) -> Site:
    """A device that showed its certificate with all that it sent, but has had no snippets yet."""
    site.configure(TRUSTING)
    site.snippet(SNIPPET)
    call(site, f"{POLL}&PROT=130986", **proof())
    call(site, f"mode=query&sn={SN}&id=admin", f'<info name="{OWN}"/>', **proof())
    call(site, f"mode=query&sn={SN}&id=certificates", BAD, **proof())
    return site


@pytest.fixture
def proved(known: Site) -> Site:
    """The same, after it got its snippets."""
    call(known, f"mode=query&sn={SN}&id=certificates", GOOD, **proof())
    assert SNIPPET in "".join(call(known, POLL, **proof()).text for _ in range(2))
    return known


def kept(site: Site) -> dict[str, object]:
    """Return what is known of the device, but for its log and when somebody called in its name."""
    state = site.state()
    for message in state.findall("msgs"):
        state.remove(message)
    state.attrib.pop("seen", None)
    files = {name: site.read(f"{folder}/{name}") for folder in ("certs",) for name in site.names(folder)}
    return {"state": [(one.tag, dict(one.attrib)) for one in state.iter()], "backups": site.names("backup")} | files


def test_without_forcetrust_a_serial_number_is_all_that_is_needed(site: Site) -> None:
    site.snippet(SNIPPET)
    assert SNIPPET in call(site, POLL).lines


@pytest.mark.parametrize("tls", [{}, {"HTTPS": "on"}, proof("IP232-11-11-11"), proof(issuer="x")], ids=str)
def test_no_stranger_gets_snippets_or_stores_backups(proved: Site, tls: dict[str, str]) -> None:
    assert SNIPPET not in "".join(call(proved, POLL, **tls).text for _ in range(2))
    assert call(proved, BACKUP, "config change X", **tls).status == 403


def test_before_it_shows_its_certificate_a_device_is_described_by_what_its_request_is_to_say(known: Site) -> None:
    told = call(known, POLL).text
    assert f"{OWN.lower()}.example.com" in told
    assert "172.16.0.20" in told
    assert SNIPPET not in told


def test_after_that_nothing_of_it_is_told_or_changed(proved: Site) -> None:
    before = kept(proved)
    other = POLL.replace("172.16.0.20", "198.51.100.1").replace("IP232", "IP111")
    for query in (POLL, other, f"{POLL}&phase=x", f"{POLL}&env=x", f"{POLL}&polling=7&PROT=1"):
        told = call(proved, query, REMOTE_ADDR="198.51.100.9").text
        assert not re.search(f"{OWN}|172[.]16|{SNIPPET}", told, re.IGNORECASE)
    for query in ("id=admin", "id=certificates"):
        assert call(proved, f"mode=query&sn={SN}&{query}", '<info name="x"/>').status == 403
    assert kept(proved) == before
    assert any("shown a verified certificate before" in one for one in proved.log())


def test_a_device_gets_the_snippets_of_any_environment_that_it_names(proved: Site) -> None:
    proved.configure(f'{TRUSTING}<environments><environment id="berlin"/><environment id="paris"/></environments>')
    proved.put("scripts/update-all-paris.txt", "config change PARIS")
    assert "config change PARIS" in "".join(call(proved, f"{POLL}&env=paris", **proof()).text for _ in range(2))


DOCS = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/security.md", "tests/attacks/README.md"])
def test_what_the_security_pages_point_to_exists(page: str) -> None:
    text = (DOCS / page).read_text()
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert ((DOCS / page).parent / target).exists(), target
    for source in re.findall(r"`((?:model|web|edge|rules)/[\w/.]+\.py)`", text):
        assert (DOCS / "lib" / "updateserver" / source).exists(), source
