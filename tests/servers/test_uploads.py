"""What devices send through a web server arrives whole, or not at all."""

import contextlib
import socket

import pytest

from tests.servers.conftest import Served
from tests.site import HWID, SN, answer_to, poll
from updateserver.virtual.network import Network

TARGET = f"update.php?mode=backup&hwid={HWID}&sn={SN}"
LARGE = "".join(f"vars create TEST/{number} p value\r\n" for number in range(150_000)).encode()  # 5 MB
CONFIGURATION = '<master info=""/><status dir="status"/><backup dir="backup"/>'


@pytest.fixture(autouse=True)
def backups(served: Served) -> None:
    served.site.configure(CONFIGURATION)


def newest(served: Served) -> bytes:
    names = served.site.names(f"backup/{HWID}")
    return served.site.read(f"backup/{HWID}/{max(names, key=lambda name: int(name.split('.')[1]))}")


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with length"])
def test_large_backup_arrives_whole(served: Served, chunked: bool) -> None:
    body = LARGE + f"vars create LAST/{chunked} p x\r\n".encode()
    call = Network(chunked=chunked).upload(f"{served.web.url}{TARGET}", body)
    assert not call.problem
    assert newest(served) == body.removesuffix(b"\r\n")


def test_upload_by_post_arrives(served: Served) -> None:
    call = Network(method="POST").upload(f"{served.web.url}{TARGET}", b"by post\r\n")
    assert not call.problem
    assert newest(served) == b"by post"


def test_too_large_upload_is_refused(served: Served) -> None:
    served.site.configure(CONFIGURATION.replace('dir="backup"', 'dir="backup" maxsize="1000"'))
    before = served.site.names(f"backup/{HWID}")
    call = Network().upload(f"{served.web.url}{TARGET}", b"x" * 1001)
    assert call.status == 413
    assert served.site.names(f"backup/{HWID}") == before


@pytest.mark.parametrize(
    "head",
    ["Transfer-Encoding: chunked\r\n\r\n2000\r\n", "Content-Length: 9000\r\n\r\n"],
    ids=["chunked", "with length"],
)
def test_upload_that_breaks_off_is_not_stored(served: Served, head: str) -> None:
    before = served.site.names(f"backup/{HWID}")
    with socket.create_connection(("127.0.0.1", served.web.http)) as connection:
        connection.sendall(f"PUT /mtls/update/{TARGET} HTTP/1.1\r\nHost: x\r\n{head}half of".encode())
    for _ in range(5):
        assert served.web.get(f"/mtls/update/{poll()}").status == 200
    assert served.site.names(f"backup/{HWID}") == before


SLOW = {"chunked": "Transfer-Encoding: chunked\r\n\r\n5\r\nslow ", "with length": "Content-Length: 9000\r\n\r\nslow "}


@pytest.mark.parametrize("kind", SLOW)
def test_slow_uploads_do_not_hold_up_others(served: Served, kind: str) -> None:
    with contextlib.ExitStack() as slow:
        for _ in range(3 * len(served.program.workers)):
            connection = slow.enter_context(socket.create_connection(("127.0.0.1", served.web.http)))
            connection.sendall(f"PUT /mtls/update/{TARGET} HTTP/1.1\r\nHost: x\r\n{SLOW[kind]}".encode())
            served.web.get("/update/web/style.css")
        assert served.web.get(f"/mtls/update/{poll()}").status == 200


@pytest.mark.parametrize(("size", "status"), [(200_000, 400), (5_000_000, 413)])
@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with length"])
def test_answer_that_nobody_asked_for_is_refused(served: Served, chunked: bool, size: int, status: int) -> None:
    served.site.configure(
        f'{CONFIGURATION}<queries><query id="admin"><cmd>x</cmd><applies>*</applies></query></queries>'
    )
    sn = "00-90-33-66-00-01"
    for _ in range(3):
        call = Network(chunked=chunked).upload(f"{served.web.url}{answer_to('admin', sn)}", b"x" * size)
        assert call.status in (status, 400)
    assert f"{sn}.xml" not in served.site.names("status")
    assert served.web.get(f"/mtls/update/{poll(sn=sn)}").status == 200
    call = Network(chunked=chunked).upload(f"{served.web.url}{answer_to('admin', sn)}", b"<info/>")
    assert call.status == 200
    (served.site.root / f"status/{sn}.xml").unlink()
