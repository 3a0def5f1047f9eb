"""The pages and the API behind lighttpd and Apache, with the example configurations as they are."""

import contextlib
import http.client
import shutil
from collections.abc import Iterator

import pytest

from tests.admin.conftest import CONFIGURATION, MASTER
from tests.servers.conftest import factory, installed
from tests.servers.program import Program
from tests.servers.web import SERVERS, Certificates, WebServer
from tests.site import PROJECT
from updateserver.login.io.api_tokens import ApiTokens
from updateserver.virtual.factory import DeviceAuthority

__all__ = ["factory"]

TOKEN: list[str] = []  # of the API, in the installation that is served


@pytest.fixture(params=SERVERS, scope="module")
def web(request: pytest.FixtureRequest, factory: DeviceAuthority) -> Iterator[WebServer]:
    with installed() as site:
        shutil.copy(PROJECT / "admin" / "admin.py", site.root / "admin")
        shutil.copytree(PROJECT / "web", site.root / "web", dirs_exist_ok=True)
        site.configure(MASTER + CONFIGURATION)
        certificates = Certificates.below(site.root.parents[2] / "certificates", factory)
        with Program(site.root), SERVERS[request.param](site.root, certificates, {}) as server:
            TOKEN[:] = [ApiTokens(site.root, site.root / "cache/locks").create("tests", "api")]
            yield server


def test_the_login_is_shown_with_its_style(web: WebServer) -> None:
    answer = web.get("/mtls/update/admin/admin.php?nohttps")
    assert answer.status == 403
    assert 'type="password"' in answer.text
    assert "Path=/mtls/update/admin/" in answer.headers["Set-Cookie"]
    style = web.get("/mtls/update/web/admin.css?stamp")
    assert (style.status, style.headers["Content-Type"].partition(";")[0]) == (200, "text/css")


@pytest.mark.parametrize("name", ["admin.js", "fleet.js", "choosing.js", "copying.js", "pasting.js"])
def test_scripts_have_a_type_that_browsers_run(web: WebServer, name: str) -> None:
    answer = web.get(f"/update/web/{name}")
    assert answer.status == 200
    assert answer.headers["Content-Type"].partition(";")[0] in ("text/javascript", "application/javascript")


def test_the_api_hears_the_token(web: WebServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web.http, timeout=60)
    with contextlib.closing(connection):
        headers = {"Authorization": f"Bearer {TOKEN[0]}"}
        connection.request("GET", "/mtls/update/admin/admin.php?mode=api&path=charts", headers=headers)
        answer = connection.getresponse()
        answer.read()
    assert answer.status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_changes_of_redirection_reach_the_api(web: WebServer, method: str) -> None:
    path = "/mtls/update/admin/admin.php?mode=api&path=redirection/devices/00-90-33-30-00-af"
    for bearer, status in (("wrong", 401), (TOKEN[0], 403)):  # the second one only reads
        connection = http.client.HTTPConnection("127.0.0.1", web.http, timeout=60)
        with contextlib.closing(connection):
            body = b'{"project": 1}' if method == "PUT" else None
            connection.request(method, path, body, {"Authorization": f"Bearer {bearer}"})
            answer = connection.getresponse()
            assert (answer.status, answer.getheader("Content-Type")) == (status, "application/json")
