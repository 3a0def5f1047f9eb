"""A pipe, socket or device in the place of a file: nobody waits for it, and SIGTERM ends whoever waits for anything."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.site import PROJECT, SN, Site, answer_to, cgi, poll, served, site
from tests.waiting import wait_until
from updateserver.base.io.files import NotAFile, content_of, only_writer, opened, read, readable, text_lines
from updateserver.certificates.io.journal import Journal
from updateserver.findings.io.all import load
from updateserver.login.io.audit import Audit
from updateserver.login.io.records import session_secret
from updateserver.web.admin.rendering import web_stamp
from updateserver.web.embedded.server_certificate import own_context

__all__ = ["served", "site"]

ALL = '<master info="http://127.0.0.1:9/"/><status dir="status"/><customcerts dir="certs" CAkeys="*.cer"/>'
QUERY = '<queries><query id="odd"><applies>*</applies><cmd>x</cmd></query></queries>'


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as made:  # its path may be too long for a socket
        made.bind(path.name)


def link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")  # it never ends


KINDS: list[Callable[[Path], None]] = [pipe, unix_socket, link_to_device]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def odd(request: pytest.FixtureRequest) -> Callable[[Path], Path]:
    def put(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        request.param(path)
        return path

    return put


Odd = Callable[[Path], Path]


def test_only_regular_files_are_read(odd: Odd, tmp_path: Path) -> None:
    path = odd(tmp_path / "odd")
    for opening in (content_of, text_lines, opened, read):
        with pytest.raises(NotAFile, match="regular file"):
            opening(path)
    assert readable(path) is None


def test_only_regular_files_are_written_to(tmp_path: Path) -> None:
    pipe(tmp_path / "pipe")
    with pytest.raises(NotAFile):
        opened(tmp_path / "pipe", os.O_WRONLY | os.O_APPEND)


def test_folder_is_called_a_folder(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        content_of(tmp_path)


def test_snippet_is_waited_for_by_nobody(odd: Odd, served: Site) -> None:
    command = served.snippet()
    served.get(poll())  # the first contact
    path = odd(served.root / "scripts" / "update-all-default.txt")
    answer = served.get(poll())
    assert (answer.status, answer.lines) == (500, [])  # it is there, and no device goes on without it
    path.unlink()
    served.snippet()
    assert command in served.get(poll()).lines


@pytest.mark.parametrize(
    "name",
    [
        f"status/{SN}.xml",
        "config/scripting.py",
        "config/user-config.xml",
        "config.xml",
        "cache/master-info.xml",
        "cache/master-info.xml.failed",
        "certs/ca.cer",
        f"certs/{SN}-request.p10.der",
        f"certs/{SN}-signedrequest.cer",
    ],
)
def test_poll_waits_for_none(odd: Odd, served: Site, name: str) -> None:
    served.configure(ALL)
    served.snippet()
    odd(served.root / name)
    for _ in range(2):
        assert served.get(poll()).status in (200, 500)


@pytest.mark.parametrize("name", [f"status/{SN}.xml", "backup/IP232-30-00-af/IP232-30-00-af.0.txt"])
def test_upload_waits_for_none(odd: Odd, served: Site, name: str) -> None:
    served.configure(f'{ALL}<backup dir="backup"/>{QUERY}')
    odd(served.root / name)
    assert served.put_upload(answer_to("odd"), "<info/>").status in (200, 400, 403, 500)
    assert served.put_upload(poll(mode="backup"), "config x\r\n").status in (200, 500)


def test_admins_files_are_waited_for_by_nobody(odd: Odd, tmp_path: Path) -> None:
    audit, journal = Audit(odd(tmp_path / "audit.log")), Journal(tmp_path)
    with contextlib.suppress(OSError):
        audit.newest(3)
    odd(tmp_path / "journal.jsonl")
    odd(tmp_path / "session-secret")
    odd(tmp_path / "web" / "style.css")
    with contextlib.suppress(OSError):
        list(journal.entries())
    with pytest.raises(NotAFile):
        session_secret(tmp_path)
    assert web_stamp(tmp_path)
    with pytest.raises(NotAFile):
        own_context(odd(tmp_path / "server-cert.pem"), tmp_path / "server-key.pem")


def test_lock_file_is_waited_for_by_nobody(odd: Odd, tmp_path: Path) -> None:
    for stripe in range(256):
        odd(tmp_path / f"{stripe:02x}.lock")
    with pytest.raises(OSError, match=r"regular file|symbolic"), only_writer(tmp_path, "00-90-33-30-00-af"):
        pass


def test_configuration_says_what_it_is(odd: Odd, site: Site) -> None:
    odd(site.root / "config" / "user-config.xml")
    config, _, findings = load(site.root)
    assert config is None
    assert any("pipe, socket or device" in finding.message for finding in findings)


def test_plain_cgi_waits_for_none(odd: Odd, site: Site) -> None:
    odd(site.root / "scripts" / "update-all-default.txt")
    assert cgi(site.root, poll().partition("?")[2]).status in (200, 500)


# ---- whatever a thread waits for, SIGTERM ends the process -----------------------------------------------------------

HANGING = """
import time
from pathlib import Path
HERE = Path(__file__)
def application(environ, start_response):
    HERE.with_suffix(".waits").touch()
    while True:
        time.sleep(0.1)
"""
EMBEDDED = """
import sys
from pathlib import Path
from updateserver.web.embedded import Listener, ServerSettings, server
server.GRACE, server.LAST = 0.1, 0.3
settings = ServerSettings(Path(sys.argv[1]))
server.serve(settings, [Listener("127.0.0.1", 0)], lambda found: print(found[0][1], flush=True))
"""
FASTCGI = """
import os, sys
from pathlib import Path
from updateserver.web import fastcgi
from updateserver.web.scripts import by_script_name
fastcgi._LAST = 0.3
fastcgi.serve_fastcgi(by_script_name(Path(sys.argv[1])), parent=os.getppid())
"""


@contextlib.contextmanager
def python(code: str, root: Path, **options: object) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", code, str(root)]
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "lib")}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, **options) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def hanging(site: Site) -> Site:
    site.put("update.py", HANGING)
    site.put("admin/admin.py", HANGING)
    return site


def _waits(site: Site) -> None:
    wait_until((site.root / "update.waits").exists, "a call hangs")


def test_sigterm_ends_the_embedded_server(hanging: Site) -> None:
    with python(EMBEDDED, hanging.root, stdout=subprocess.PIPE) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(b"GET /update/update.php HTTP/1.1\r\nHost: x\r\n\r\n")
            _waits(hanging)
            process.terminate()
            process.wait(60)
            assert process.stderr
            assert b"in application" in process.stderr.read()  # where it hangs


def _fastcgi_call() -> bytes:
    def record(kind: int, content: bytes) -> bytes:
        return bytes([1, kind, 0, 1, *len(content).to_bytes(2, "big"), 0, 0]) + content

    name, value = b"SCRIPT_NAME", b"/update/update.php"
    variables = bytes([len(name), len(value)]) + name + value
    return record(1, b"\0\1\0\0\0\0\0\0") + record(4, variables) + record(4, b"") + record(5, b"")


def test_sigterm_ends_one_fastcgi_process(hanging: Site, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(tmp_path):
        listener.bind("s")
        listener.listen()
        with python(FASTCGI, hanging.root, stdin=listener) as process, socket.socket(socket.AF_UNIX) as caller:
            caller.connect("s")
            caller.sendall(_fastcgi_call())
            _waits(hanging)
            process.terminate()
            process.wait(60)
