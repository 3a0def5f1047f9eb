"""Attempts to choose the address that one is judged by: what is sent, and by whom it is judged.

The server is called from 127.0.0.1 unless an attempt says otherwise.
"""

import pytest

from tests.site import SN, Site, poll, served, site
from updateserver.configuration.config import Config
from updateserver.findings.io.all import load
from updateserver.trust.addresses import CallOrigin, ProxyHeaders, limit_key, named, origin, plain
from updateserver.trust.io.unnamed_proxies import note, proxy_findings
from updateserver.web.call import origin_of

__all__ = ["served", "site"]

DEVICE, ADMIN, PROXY, SECOND = "203.0.113.9", "198.51.100.1", "10.0.0.5", "10.0.0.6"


@pytest.mark.parametrize(
    "proxies", [(), ("192.0.2.1",), ("10.0.0.0/33",), ("nonsense",), ("10.0.0.50",), ("fd00::/8",)]
)
@pytest.mark.parametrize(
    "headers",
    [
        ProxyHeaders(x_for=ADMIN),
        ProxyHeaders(x_for=f"{ADMIN}, {PROXY}"),
        ProxyHeaders(x_for="127.0.0.1"),
        ProxyHeaders(forwarded=f"for={ADMIN};proto=https"),
        ProxyHeaders(x_for=ADMIN, x_proto="https", x_port="443", forwarded=f"for={ADMIN}"),
    ],
)
def test_whoever_is_not_named_is_judged_by_its_connection(proxies: tuple[str, ...], headers: ProxyHeaders) -> None:
    found = origin(PROXY, headers, proxies)
    assert (found.address, found.unnamed_proxy, found.https, found.port) == (PROXY, PROXY, None, "")


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        (DEVICE, DEVICE),
        (f"{ADMIN}, {DEVICE}", DEVICE),
        (f"{ADMIN},{DEVICE}", DEVICE),
        (f"{ADMIN}, {DEVICE}, {SECOND}", DEVICE),
        (f"{ADMIN}, {DEVICE}, ::ffff:{SECOND}", DEVICE),
        (f"{ADMIN}, garbage, {DEVICE}:4711", DEVICE),
        (f"{ADMIN}, ::ffff:{DEVICE}", DEVICE),
        (f"{ADMIN}, [2001:DB8:0::9]:443", "2001:db8::9"),
        (f"{ADMIN}, [2001:db8::9]", "2001:db8::9"),
        (f'{ADMIN}, "[2001:db8::9]:4711"', "2001:db8::9"),
        (f"{ADMIN}, 2001:db8::9", "2001:db8::9"),
        (f"{DEVICE}, {PROXY}, {ADMIN}", ADMIN),
        (f" {ADMIN} ,\t{DEVICE} ", DEVICE),
    ],
)
def test_of_a_named_proxy_the_last_entry_that_is_no_named_proxy_counts(sent: str, address: str) -> None:
    assert origin(PROXY, ProxyHeaders(x_for=sent), ("10.0.0.0/24",)) == CallOrigin(address)


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ("", PROXY),
        ("unknown", PROXY),
        (f"{ADMIN}, unknown", PROXY),
        (f"{ADMIN}, _hidden", PROXY),
        (f"{ADMIN},", PROXY),
        (f"{ADMIN}, fe80::1%eth0", PROXY),
        (f"{ADMIN}, 203.0.113.009", PROXY),
        (f"{ADMIN}, 203.0.113.9:", PROXY),
        (f"{ADMIN}, 203.0.113.9:port", PROXY),
        (f"{ADMIN}, [203.0.113.9]", PROXY),
        (f"{ADMIN}, [2001:db8::9", PROXY),
        (f"{ADMIN}, 2130706433", PROXY),
        (f"{ADMIN}, 0x7f.1", PROXY),
        (f"{ADMIN}, {'9' * 5000}", PROXY),
        (f"{ADMIN}, \u0661\u0662.0.0.1", PROXY),
        (f"{ADMIN}, unknown, {SECOND}", SECOND),
        (f"10.0.0.77, {SECOND}", SECOND),
        (f"garbage, 10.0.0.77, {SECOND}", SECOND),
    ],
)
def test_where_no_named_proxy_tells_the_caller_nothing_is_proved(sent: str, address: str) -> None:
    assert origin(PROXY, ProxyHeaders(x_for=sent), ("10.0.0.0/24",)) == CallOrigin(address, is_hidden=True)


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (f"for={DEVICE};proto=https;by={PROXY}", CallOrigin(DEVICE, https=True)),
        (f"For={DEVICE} ; Proto=HTTPS", CallOrigin(DEVICE, https=True)),
        (f"for={ADMIN};proto=https, for={DEVICE};proto=http", CallOrigin(DEVICE, https=False)),
        (f"for={ADMIN}, for={DEVICE};proto=https, for={SECOND};proto=http", CallOrigin(DEVICE, https=True)),
        ('for="[2001:db8::9]:4711"', CallOrigin("2001:db8::9")),
        (f'for="{ADMIN}, for={DEVICE}', CallOrigin(DEVICE)),
        (f'for="{ADMIN};x=\\", for={DEVICE}', CallOrigin(DEVICE)),
        (f"for={ADMIN}, for=unknown;proto=https", CallOrigin(PROXY, is_hidden=True, https=True)),
        (f"for={ADMIN}, for={ADMIN};for={DEVICE}", CallOrigin(PROXY, is_hidden=True)),
        ("proto=https", CallOrigin(PROXY, is_hidden=True, https=True)),
    ],
)
def test_forwarded_is_read_from_the_right_too(sent: str, found: CallOrigin) -> None:
    assert origin(PROXY, ProxyHeaders(forwarded=sent), ("10.0.0.0/24",)) == found


def test_the_two_headers_must_agree_since_a_proxy_writes_only_one_of_them() -> None:
    both = ProxyHeaders(x_for=DEVICE, x_proto="http", forwarded=f"for={ADMIN};proto=https")
    assert origin(PROXY, both, (PROXY,)) == CallOrigin(PROXY, is_hidden=True, https=False)
    assert origin(PROXY, both._replace(forwarded=f"for={DEVICE};proto=http"), (PROXY,)) == CallOrigin(
        DEVICE, https=False
    )


@pytest.mark.parametrize(
    ("sent", "https"),
    [("https", True), ("HTTPS", True), ("http", False), ("https, http", False), ("http,https", True), ("x", False)],
)
def test_of_several_schemes_the_nearest_proxys_counts(sent: str, https: bool) -> None:
    assert origin(PROXY, ProxyHeaders(DEVICE, sent), (PROXY,)).https is https


@pytest.mark.parametrize("proxies", [f"nonsense,{PROXY}", f"{PROXY},nonsense", f"10.0.0.0/33,{PROXY}", f"{PROXY},,"])
def test_a_wrong_entry_names_nobody_and_hides_no_right_one(site: Site, proxies: str) -> None:
    site.configure(f'<master info=""/><times proxies="{proxies}"/>')
    config = loaded(site)
    assert origin_of({"REMOTE_ADDR": f"::ffff:{PROXY}", "HTTP_X_FORWARDED_FOR": DEVICE}, config) == CallOrigin(DEVICE)


def test_whoever_may_be_what_a_wrong_entry_was_to_name_proves_nothing_by_its_address() -> None:
    assert origin(PROXY, ProxyHeaders(x_for=DEVICE), ("10.0.0.5x",)).is_hidden
    assert not origin(PROXY, ProxyHeaders(), ("10.0.0.5x",)).is_hidden


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_limits_count_by_address_or_network(address: str, key: str) -> None:
    assert limit_key(address) == key


def test_mapped_networks_are_those_of_ipv4() -> None:
    assert named(("::ffff:10.0.0.0/104",)).includes(PROXY)
    assert named(("10.0.0.0/8",)).includes(f"::ffff:{PROXY}")
    assert plain(f"::FFFF:{PROXY}") == PROXY


def loaded(site: Site) -> Config:
    config = load(site.root)[0]
    assert config
    return config


def served_as(served: Site, **headers: str) -> str:
    return served.get(poll(), **headers).text


def test_what_is_shown_stays_what_php_shows(served: Site) -> None:
    served_as(served, X_Forwarded_For=f"{DEVICE}, {ADMIN}")
    assert served.state(SN).find("device").get("ip") == DEVICE


def test_behind_a_named_proxy_the_decided_address_is_shown(served: Site) -> None:
    served.configure('<master info=""/><status dir="status"/><times proxies="127.0.0.1"/>')
    served_as(served, X_Forwarded_For=f"{ADMIN}, {DEVICE}:4711")
    device = served.state(SN).find("device")
    assert (device.get("ip"), device.get("rp"), device.get("proxy")) == (DEVICE, "true", "127.0.0.1")


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ("", "warning"),
        ('<times proxies="192.0.2.1"/>', "warning"),
        ('<customcerts dir="certs" CAtype="local" auto-sign-off="true" network="10.1.0.0/16"/>', "error"),
        ('<times proxies="127.0.0.1"/>', None),
    ],
)
def test_the_check_tells_of_proxies_that_are_not_named(served: Site, more: str, severity: str | None) -> None:
    served.configure(f'<master info=""/><status dir="status"/>{more}')
    served_as(served, X_Forwarded_For=DEVICE)
    config, merged, _ = load(served.root)
    assert config
    found = list(proxy_findings(served.root, config, merged))
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all("127.0.0.1" in str(finding) for finding in found)


def test_whoever_pretends_to_be_many_proxies_writes_little(site: Site) -> None:
    (site.root / "cache").mkdir()
    for number in range(200):
        note(site.root, f"10.0.{number}.1", 1_800_000_000 + number * 30)
    assert len(site.read("cache/unnamed-proxies").splitlines()) == 20
