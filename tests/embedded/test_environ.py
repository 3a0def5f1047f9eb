"""What an application is told about its request."""

from pathlib import Path

import pytest

from tests.embedded.conftest import body, environ, exchange, get, status
from updateserver.web.embedded import EmbeddedServer


def test_environ_describes_the_request(server: EmbeddedServer) -> None:
    told = environ(get(server, "/mtls/update/update.php?sn=1&env=%C3%BC,+x&sn=", "User-Agent: phone"))
    expected = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "/mtls/update/update.php",
        "PATH_INFO": "",
        "QUERY_STRING": "sn=1&env=%C3%BC,+x&sn=",
        "CONTENT_LENGTH": "0",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(server.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "x",
        "HTTP_USER_AGENT": "phone",
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "script": "update.py",
    }
    assert {name: told.get(name) for name in expected} == expected
    assert told["SERVER_SOFTWARE"].startswith("updateserver/")
    assert "HTTPS" not in told


@pytest.mark.parametrize("folder", ["/mtls/update/", "/update/"])
@pytest.mark.parametrize("suffix", [".py", ".php"])
@pytest.mark.parametrize("script", ["update", "update-migrate", "admin/admin"])
def test_each_script_has_both_its_names_under_each_prefix(
    server: EmbeddedServer, folder: str, suffix: str, script: str
) -> None:
    told = environ(get(server, folder + script + suffix))
    assert told["SCRIPT_NAME"] == folder + script + suffix
    assert told["script"] == script.rpartition("/")[2] + ".py"


def test_prefixes_can_be_chosen(root: Path) -> None:
    with EmbeddedServer(root, prefixes=("/", "/a/b/")) as server:
        assert server.url.endswith("/")
        assert environ(get(server, "/update.php"))["SCRIPT_NAME"] == "/update.php"
        assert environ(get(server, "/a/b/update.php"))["SCRIPT_NAME"] == "/a/b/update.php"
        assert status(get(server, "/mtls/update/update.php")) == 404


def test_raw_bytes_of_a_query_arrive_as_they_are(server: EmbeddedServer) -> None:
    answer = exchange(server, b"GET /update/update.php?a=\xfc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status(answer) == 400 or environ(answer)["QUERY_STRING"] == "a=\xfc"


def test_a_client_cannot_say_what_only_the_server_knows(server: EmbeddedServer) -> None:
    told = environ(
        get(
            server,
            "/update/update.php",
            "SSL_CLIENT_S_DN_CN: IP232-00-00-01",
            "SSL-CLIENT-S-DN-CN: IP232-00-00-01",
            "SSL_CLIENT_VERIFY: SUCCESS",
            "HTTPS: on",
            "REMOTE_ADDR: 6.6.6.6",
            "X_Forwarded_For: 6.6.6.6",
            "Proxy: http://evil.example",
            "SCRIPT-NAME: /other",
        )
    )
    assert not [name for name in told if name.startswith("SSL_")]
    assert not {"HTTPS", "HTTP_PROXY", "HTTP_X_FORWARDED_FOR", "HTTP_SSL_CLIENT_VERIFY"} & set(told)
    assert told["REMOTE_ADDR"] == "127.0.0.1"
    assert told["SCRIPT_NAME"] == "/update/update.php"


def test_repeated_headers_are_joined(server: EmbeddedServer) -> None:
    told = environ(
        get(
            server,
            "/update/update.php",
            "X-Forwarded-For: 1.1.1.1",
            "X-Forwarded-For: 2.2.2.2",
            "Cookie: a",
            "Cookie: b",
        )
    )
    assert told["HTTP_X_FORWARDED_FOR"] == "1.1.1.1, 2.2.2.2"
    assert told["HTTP_COOKIE"] == "a; b"


def test_answer_of_the_application_arrives_unchanged(server: EmbeddedServer) -> None:
    answer = get(server, "/update/update.php")
    assert answer.startswith(b"HTTP/1.1 200 Fine\r\n")
    assert answer.count(b"X-Twice: ") == 2
    assert b"Content-Type: application/json\r\n" in answer


def test_head_gives_no_body(server: EmbeddedServer) -> None:
    answer = exchange(server, b"HEAD /update/update.php HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status(answer) == 200
    assert body(answer) == b""


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(server: EmbeddedServer, method: str) -> None:
    sent = f"{method} /update/update.php HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert status(exchange(server, sent.encode())) == 405


@pytest.mark.parametrize("query", ["fail", "exit"])
def test_fault_of_a_script_is_a_bare_500_outside_and_a_traceback_inside(server: EmbeddedServer, caplog, query) -> None:
    answer = get(server, f"/update/update.php?{query}")
    assert status(answer) == 500
    assert body(answer) == b"internal server error\n"
    assert any(record.exc_info for record in caplog.records)
    assert status(get(server, "/update/update.php")) == 200


def test_second_host_is_refused(server: EmbeddedServer) -> None:
    assert status(get(server, "/update/update.php", "Host: y")) == 400
