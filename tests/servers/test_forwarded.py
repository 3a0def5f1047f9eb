"""What proxies say, through real web servers."""

import http.client

import pytest

from tests.servers.conftest import Served
from tests.site import FOLDER, poll

DEVICE, OTHER = "203.0.113.9", "198.51.100.1"
REMEMBERING = '<master info=""/><status dir="status"/><times proxies="127.0.0.1"/>'


def recorded(served: Served, *headers: tuple[str, str]) -> str:
    """Return where a poll with these headers came from."""
    served.site.configure(REMEMBERING)
    connection = http.client.HTTPConnection("127.0.0.1", served.web.http, timeout=60)
    connection.putrequest("GET", FOLDER + poll())
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 200
    connection.close()
    return served.site.state().find("device").get("ip", "")


def test_the_last_entry_of_all_headers_counts(served: Served) -> None:
    assert recorded(served, ("X-Forwarded-For", f"{OTHER}, {DEVICE}:4711")) == DEVICE
    assert recorded(served, ("X-Forwarded-For", OTHER), ("X-Forwarded-For", DEVICE)) == DEVICE
    assert recorded(served, ("Forwarded", f"for={OTHER}, for={DEVICE}")) == DEVICE


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X-Forwarded_For", "x_forwarded-for"])
def test_a_header_with_another_spelling_is_not_the_proxys(served: Served, name: str) -> None:
    right = ("X-Forwarded-For", DEVICE)
    assert recorded(served, right, (name, OTHER)) in (DEVICE, "127.0.0.1")
    assert recorded(served, (name, OTHER), right) in (DEVICE, "127.0.0.1")
