"""Row 23: `X-Forwarded-For` is believed only if it is an address, and only from whom it may come."""

import pytest

from tests.site import Site, poll

DIRECT = {"ip": "127.0.0.1", "rp": "false"}


def recorded(served: Site, forwarded: str) -> dict[str, str]:
    """Return where the state says that a poll came from."""
    assert served.get(poll(), X_Forwarded_For=forwarded).status == 200
    device = served.state().find("device")
    return {name: device.get(name) for name in ("ip", "rp", "proxy") if device.get(name)}


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("198.51.100.9", "198.51.100.9"),
        (" 198.51.100.9 , 10.0.0.1", "198.51.100.9"),
        ("2001:db8::9", "2001:db8::9"),
    ],
)
def test_an_address_is_believed(served: Site, forwarded: str, address: str) -> None:
    assert recorded(served, forwarded) == {"ip": address, "rp": "true", "proxy": "127.0.0.1"}


@pytest.mark.parametrize(
    "forwarded",
    [
        "",
        "unknown",
        "<script>alert(1)</script>",
        "198.51.100.9<b>",
        "198.51.100.9 x",
        "198.51.100.9:4711",
        "198.51.100",
        "198.51.100.256",
        "0198.51.100.9",
        "localhost",
        ", 198.51.100.9",
        "fe80::1%<b>x",
        "fe80::1%eth0",
        "[2001:db8::9]",
        "'",
    ],
)
def test_row_23_what_is_no_address_is_not_believed(served: Site, forwarded: str) -> None:
    assert recorded(served, forwarded) == DIRECT


@pytest.mark.parametrize("proxies", ["10.0.0.1", "10.0.0.0/8,192.0.2.0/24", "2001:db8::/32", "nonsense"])
def test_row_23_only_a_configured_proxy_is_believed(served: Site, proxies: str) -> None:
    served.configure(f'<master info=""/><status dir="status"/><times proxies="{proxies}"/>')
    assert recorded(served, "198.51.100.9") == DIRECT


@pytest.mark.parametrize("proxies", ["127.0.0.1", "10.0.0.0/8, 127.0.0.0/8", "127.0.0.1/8"])
def test_row_23_a_configured_proxy_is_believed(served: Site, proxies: str) -> None:
    served.configure(f'<master info=""/><status dir="status"/><times proxies="{proxies}"/>')
    assert recorded(served, "198.51.100.9") == {"ip": "198.51.100.9", "rp": "true", "proxy": "127.0.0.1"}
