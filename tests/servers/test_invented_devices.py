"""Limits of new devices hold for all processes and threads together, whoever serves."""

import http.client
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.attacks.calling import invented
from tests.servers.conftest import Served
from tests.site import SN, Site, poll
from updateserver.web.embedded import EmbeddedServer

FEW, MANY = 7, 40
CONFIGURATION = f'<master info=""/><status dir="status" newperhour="{FEW}"/><backup dir="backup"/>'


def flood(port: int) -> tuple[list[int], list[int]]:
    """Poll and upload as many devices at once; return the statuses of both."""

    def ask(method: str, target: str, body: bytes | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, f"/mtls/update/{target}", body)
        status = connection.getresponse().status
        connection.close()
        return status

    def polled(number: int) -> int:
        return ask("GET", poll(sn=invented(number), hwid=f"IP232-{number}"))

    def uploaded(number: int) -> int:
        return ask("PUT", f"update.php?mode=backup&hwid=IP111-{number}&sn={SN}", b"config x")

    with ThreadPoolExecutor(8) as pool:
        polls = list(pool.map(polled, range(MANY)))
        return polls, list(pool.map(uploaded, range(MANY)))


def assert_few_are_kept(site: Site, call: Callable[[], tuple[list[int], list[int]]]) -> None:
    site.configure(CONFIGURATION)
    site.put(f"status/{SN}.xml", "<state/>")
    polls, uploads = call()
    assert polls == [200] * MANY
    assert sorted(uploads) == [200] * FEW + [429] * (MANY - FEW)
    assert sum(name.endswith(".xml") and name.startswith("00-90-33-00-00") for name in site.names("status")) == FEW
    assert sum(name.startswith("IP111-") for name in site.names("backup")) == FEW


def test_under_a_web_server(fresh: Served) -> None:
    (fresh.site.root / "status/00-90-33-00-00-01.xml").unlink()
    assert_few_are_kept(fresh.site, lambda: flood(fresh.web.http))


def test_in_the_embedded_server(site: Site) -> None:
    (site.root / "status/00-90-33-00-00-01.xml").unlink()
    with EmbeddedServer(site.root) as server:
        assert_few_are_kept(site, lambda: flood(server.port))
