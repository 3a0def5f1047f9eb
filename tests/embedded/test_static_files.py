"""Files that anybody may fetch, and all the others."""

from pathlib import Path

import pytest

from tests.embedded.conftest import body, exchange, get, status
from updateserver.web.embedded import EmbeddedServer


@pytest.mark.parametrize(
    ("target", "content"),
    [
        ("/mtls/update/fw/ip232.bin", b"0123456789"),
        ("/update/fw/13r1/boot232.bin", b"boot"),
        ("/update/fw/ip%3232.bin", b"0123456789"),
        ("/update/web/style.css?v=1", b"body {}"),
    ],
)
def test_firmware_and_web_files_are_served(server: EmbeddedServer, target: str, content: bytes) -> None:
    answer = get(server, target)
    assert (status(answer), body(answer)) == (200, content)


def test_part_of_a_file_can_be_fetched(server: EmbeddedServer) -> None:
    answer = get(server, "/update/fw/ip232.bin", "Range: bytes=2-4")
    assert (status(answer), body(answer)) == (206, b"234")


def test_head_of_a_file_tells_its_length(server: EmbeddedServer) -> None:
    answer = exchange(server, b"HEAD /update/fw/ip232.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"Content-Length: 10\r\n" in answer
    assert body(answer) == b""


def test_link_that_an_admin_placed_is_followed(server: EmbeddedServer, root: Path) -> None:
    (root / "fw" / "link.bin").symlink_to(root.parent / "outside.txt")
    assert status(get(server, "/update/fw/link.bin")) == 200


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_files_cannot_be_written(server: EmbeddedServer, root: Path, method: str) -> None:
    sent = f"{method} /update/fw/ip232.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"
    assert status(exchange(server, sent.encode())) == 405
    assert (root / "fw" / "ip232.bin").read_text() == "0123456789"


REFUSED = [
    "/",
    "*",
    "/update",
    "/update/",
    "/update/nothing",
    "/other/update.php",
    "/update/update.php/more",
    "/update/update",
    "/update/admin/",
    "/update/admin/secret.txt",
    "/update/config/user-config.xml",
    "/update/status/00-90-33-00-00-01.xml",
    "/update/lib/code.py",
    "/update/.venv/pyvenv.cfg",
    "/update/fw",
    "/update/fw/",
    "/update/fw/13r1",
    "/update/fw/13r1/",
    "/update/fw/nothing.bin",
    "/update/fw/.hidden",
    "/update/fw/%2ehidden",
    "/update/fw/.folder/file",
    "/update/fw/ip232.bin/",
    "/update/fw/" + "x" * 1000,
    "/update/fw/../config/user-config.xml",
    "/update/fw/../fw/ip232.bin",
    "/update/fw/%2e%2e/config/user-config.xml",
    "/update/fw/.%2e/config/user-config.xml",
    "/update/fw/..%2fconfig/user-config.xml",
    "/update/fw/%2e%2e%2fconfig%2fuser-config.xml",
    "/update/fw/13r1%2fboot232.bin",
    "/update/fw/..%5cconfig%5cuser-config.xml",
    "/update/fw/%252e%252e/config/user-config.xml",
    "/update/fw/../../outside.txt",
    "/update/fw//etc/passwd",
    "/update/fw/%2fetc%2fpasswd",
    "/update/fw/ip232.bin%00",
    "/update/fw/%00/../../config/user-config.xml",
    "/update/fw/%c0%ae%c0%ae/config/user-config.xml",
    "/update/fw/%ff",
    "/update/fw/ip232.bin%0d%0aX-Header:%20x",
    "/update/web/../update.py",
    "/update/../config/user-config.xml",
    "/../installation/config/user-config.xml",
]


@pytest.mark.parametrize("target", REFUSED)
def test_nothing_else_can_be_fetched(server: EmbeddedServer, target: str) -> None:
    answer = get(server, target)
    assert status(answer) in {400, 404}
    assert b"secret" not in answer
    assert b"X-Header" not in answer
