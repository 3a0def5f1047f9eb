"""The JSON API: who may ask, and what is answered."""

import io
import json
import stat
from typing import Any

import pytest
from click.testing import CliRunner

from tests.fleet.conftest import CERTIFICATES, CONFIG, Fleet
from updateserver.cli.api_token import api_token
from updateserver.web.api.application import ApiApplication

SNIPPET = "config add CMD0 /name Lobby"


class Caller:
    """Calls the API of a fleet with a token."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.application = ApiApplication(fleet.site, fleet.index)
        self.token = self.command("create", "tests").strip()
        self.headers: dict[str, str] = {}

    def command(self, name: str, *arguments: str) -> str:
        result = CliRunner().invoke(api_token, [name, "--root", str(self.fleet.root), *arguments])
        return str(result.output)

    def ask(self, path: str, query: str = "", method: str = "GET", token: str | None = None) -> tuple[int, bytes]:
        told: list[Any] = []
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": f"/{path}", "SCRIPT_NAME": "/update/admin/api",
            "QUERY_STRING": query, "REMOTE_ADDR": "192.0.2.9", "HTTP_HOST": "update.example.com",
            "wsgi.input": io.BytesIO(),
        }  # fmt: skip
        token = self.token if token is None else token
        if token:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        body = b"".join(self.application(environ, lambda status, headers: told.extend((status, headers))))
        self.headers = dict(told[1])
        return int(told[0].split()[0]), body

    def json(self, path: str, query: str = "") -> Any:
        status, body = self.ask(path, query)
        assert status == 200, body
        return json.loads(body)


@pytest.fixture
def api(fleet: Fleet) -> Caller:
    return Caller(fleet)


def test_devices_are_listed_filtered_and_sorted(api: Caller) -> None:
    one, two = api.fleet.device(1), api.fleet.device(2)
    api.fleet.device(3, type="IP111")
    found = api.json("devices", "filter=ip232&sort=ip&descending=1&limit=5")
    assert [device["sn"] for device in found["devices"]] == [two, one]
    assert (found["matching"], found["total"]) == (2, 3)


def test_a_device_is_told(api: Caller) -> None:
    sn = api.fleet.device(1)
    api.fleet.installation.put("backup/IP232-00-00-01/IP232-00-00-01.0.txt", "a backup")
    assert api.json(f"devices/{sn}")["row"]["type"] == "IP232"
    assert api.json(f"devices/{sn}/backups")["backups"][0]["size"] == 8
    assert api.ask(f"devices/{sn}/backups/0") == (200, b"a backup")


def test_the_next_script_is_shown(api: Caller) -> None:
    sn = api.fleet.device(1)
    api.fleet.installation.snippet(SNIPPET)
    status, body = api.ask(f"devices/{sn}/script")
    assert status == 200
    assert SNIPPET.encode() in body
    assert b"http://update.example.com/update/update.php" in body


def test_certificates_snippets_and_charts_are_told(api: Caller) -> None:
    sn = api.fleet.device(1)
    api.fleet.configure(CONFIG + CERTIFICATES)
    api.fleet.installation.put(f"certs/{sn}-request.p10.der", "request")
    api.fleet.installation.snippet(SNIPPET)
    assert api.json("certificates")["devices"][0]["waits_for_signature"]
    assert api.json("snippets")["files"][0]["devices"] == 1
    assert sum(bar["count"] for bar in api.json("charts")["seen"]) == 1


def test_metrics_have_a_token_of_their_own(api: Caller) -> None:
    api.fleet.device(1, inner='<firmware build="a&quot;b\\"/>')
    metrics = api.command("create", "prometheus", "--metrics").strip()
    status, body = api.ask("metrics", token=metrics)
    assert status == 200
    assert b"updateserver_devices 1\n" in body
    assert b'updateserver_devices_by_firmware{build="a\\"b\\\\"} 1\n' in body
    assert api.ask("devices", token=metrics)[0] == 403
    assert api.ask("metrics")[0] == 403


@pytest.mark.parametrize("path", ["devices", "metrics", "nothing", "devices/00-90-33-00-00-01"])
def test_nobody_gets_anything_without_a_token(api: Caller, path: str) -> None:
    api.fleet.device(1)
    for token in ("", "wrong", "ü"):
        status, body = api.ask(path, token=token)
        assert status == 401
        assert list(json.loads(body)) == ["error"]
        assert api.headers["WWW-Authenticate"].startswith("Bearer")


def test_many_wrong_tokens_are_told_to_wait_and_right_ones_are_not(api: Caller) -> None:
    answers = [api.ask("devices", token="wrong")[0] for _ in range(12)]  # noqa: S106 - a wrong one
    assert answers[:5] == [401] * 5
    assert answers[5] == 429
    assert int(api.headers["Retry-After"]) > 0
    assert api.ask("devices")[0] == 200


def test_a_revoked_token_is_worthless(api: Caller) -> None:
    assert "tests" in api.command("list")
    api.command("revoke", "tests")
    assert api.ask("devices")[0] == 401
    assert "there is no token" in api.command("revoke", "tests")


def test_tokens_are_stored_as_hashes_for_their_owner_only(api: Caller) -> None:
    file = api.fleet.root / "config" / "api-tokens.json"
    assert api.token not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["tests", "../x", ""])
def test_a_name_is_taken_once_and_is_a_safe_one(api: Caller, name: str) -> None:
    assert "Error" in api.command("create", name)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(api: Caller, method: str) -> None:
    assert api.ask("devices", method=method)[0] == 405


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("", "", 404),
        ("other", "", 404),
        ("devices/00-00-00-00-00-00", "", 404),
        ("devices/..", "", 404),
        ("devices/../script", "", 404),
        ("devices/x/backups/99999999999999", "", 404),
        ("devices", "sort=sn;drop", 400),
        ("devices", "limit=-1", 400),
        ("devices", "limit=100000", 400),
        ("devices", "filter=%00", 400),
        ("devices", "filter=%ff%fe*%27%22", 200),
    ],
)
def test_mistakes_are_answered_clearly(api: Caller, path: str, query: str, status: int) -> None:
    found, body = api.ask(path, query)
    assert found == status
    assert isinstance(json.loads(body), dict)


def test_a_broken_configuration_is_an_error_of_the_server(api: Caller) -> None:
    api.fleet.configure("<phases><")
    assert api.ask("devices")[0] == 500


def test_a_damaged_list_of_tokens_lets_nobody_in(api: Caller) -> None:
    api.fleet.installation.put("config/api-tokens.json", "{")
    assert api.ask("devices")[0] == 500


def test_head_gets_no_body(api: Caller) -> None:
    assert api.ask("devices", method="HEAD") == (200, b"")
