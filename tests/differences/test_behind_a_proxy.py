"""A named proxy that ends TLS decides what HTTPS means; anybody else does not."""

import pytest

from tests.site import Site, poll

NAMED = '<master info=""/><status dir="status"/><times {} proxies="127.0.0.1"/>'
SENT = {"Host": "update.example.com", "X_Forwarded_For": "198.51.100.7"}
BY_HTTPS = [
    {"X_Forwarded_Proto": "https"},
    {"X_Forwarded_Proto": "http, https"},
    {"X_Forwarded_Proto": "https", "X_Forwarded_Port": "443"},
    {"Forwarded": "for=198.51.100.7;proto=https"},
]
BY_HTTP: list[dict[str, str]] = [
    {},
    {"X_Forwarded_Proto": "http"},
    {"X_Forwarded_Proto": "https, http"},
    {"Forwarded": "proto=http"},
]


@pytest.mark.parametrize("said", BY_HTTPS)
def test_a_device_is_given_the_url_that_it_called(served: Site, said: dict[str, str]) -> None:
    served.configure(NAMED.format(""))
    assert "url=https://update.example.com/mtls/update/update.php" in served.get("update.php", **SENT, **said).text


@pytest.mark.parametrize("said", BY_HTTPS)
def test_it_gets_its_snippets_with_forcehttps(served: Site, said: dict[str, str]) -> None:
    served.configure(NAMED.format('forcehttps="true"'))
    command = served.snippet()
    answer = served.get(poll(), **SENT, **said)
    assert command in answer.lines
    assert "switch to HTTPS" not in answer.text


@pytest.mark.parametrize("said", BY_HTTP)
def test_by_http_it_is_sent_to_https(served: Site, said: dict[str, str]) -> None:
    served.configure(NAMED.format('forcehttps="true"'))
    command = served.snippet()
    answer = served.get(poll(), **SENT, **said)
    assert command not in answer.lines
    assert "need to switch to HTTPS" in answer.text


@pytest.mark.parametrize("said", BY_HTTPS)
def test_nobody_else_decides(served: Site, said: dict[str, str]) -> None:
    served.configure(NAMED.format('forcehttps="true"').replace("127.0.0.1", "192.0.2.1"))
    command = served.snippet()
    assert command not in served.get(poll(), **SENT, **said).lines


@pytest.mark.parametrize(
    ("host", "said", "is_right"),
    [
        ("update.example.com:444", {}, True),
        ("update.example.com", {"X_Forwarded_Port": "444"}, True),
        ("update.example.com", {"X_Forwarded_Port": "443"}, False),
        ("update.example.com", {}, False),
    ],
)
def test_the_port_is_the_one_that_the_proxy_was_called_at(
    served: Site,
    host: str,
    said: dict[str, str],
    is_right: bool,
) -> None:
    served.configure(NAMED.format('forcehttps="true" httpsport="444"'))
    command = served.snippet()
    answer = served.get(poll(), **(SENT | {"Host": host}), X_Forwarded_Proto="https", **said)
    assert (command in answer.lines) is is_right
