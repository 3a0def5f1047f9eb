"""What root does for the server's installation belongs to the server's user."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.site import PROJECT, SN
from tests.waiting import wait_until

DATA = ("status", "backup", "certs", "cache", "audit", "debug")
OF_ROOT = ("config", "scripts", "fw", "web")
WRITTEN_BY_ROOT = (*OF_ROOT, "config/user-config.xml", "lib", "config.xml")
NOBODY = "nobody"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")

COMMANDS = {
    "expire": ["expire"],
    "check-config": ["check-config"],
    "show-script": ["show-script", "--sn", SN, "--type", "IP232"],
    "init-ca": ["certificates", "init-ca", "--kind", "ec-256"],
    "list": ["certificates", "list"],
    "reject": ["certificates", "reject", SN],
    "release": ["certificates", "release", SN],
    "explain": ["certificates", "explain"],
    "sign": ["certificates", "sign", "--all-that-fit"],
    "api-token": ["api-token", "create", "monitor"],
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """An installation as the documentation has it: root's, its data folders the server's user's."""
    path = Path(tempfile.mkdtemp())  # another user must be able to enter it
    path.chmod(0o755)
    shutil.copy(PROJECT / "config.xml", path)
    (path / "lib").symlink_to(PROJECT / "lib")
    for name in (*OF_ROOT, *DATA):
        (path / name).mkdir()
    for name in DATA:
        shutil.chown(path / name, NOBODY, "nogroup")
    (path / "config" / "user-config.xml").write_text(
        '<config><master info=""/><status dir="status" expire="1000"/>'
        '<customcerts dir="certs" CAtype="local"/></config>'
    )
    yield path
    shutil.rmtree(path)


def run(root: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "updateserver", *arguments[:1]]
    if arguments[0] in {"certificates", "api-token"}:
        command, arguments = [*command, arguments[1]], arguments[1:]
    ran = subprocess.run([*command, "--root", str(root), *arguments[1:]], check=False, capture_output=True, text=True)
    assert "Traceback" not in ran.stderr
    assert "ermission" not in ran.stderr + ran.stdout


def of_others(root: Path) -> list[str]:
    """Return what lies in an installation and is neither the server's user's nor made by the test."""
    user = pwd.getpwnam(NOBODY)
    found = [path for path in root.rglob("*") if not path.is_relative_to(root / "lib")]
    owned = {str(path.relative_to(root)): (path.lstat().st_uid, path.lstat().st_gid) for path in found}
    return [
        name for name, owner in owned.items() if owner != (user.pw_uid, user.pw_gid) and name not in WRITTEN_BY_ROOT
    ]


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_what_a_command_of_root_writes_is_the_servers(folder: Path, arguments: list[str]) -> None:
    run(folder, *arguments)
    assert not of_others(folder)


def test_all_commands_one_after_the_other(folder: Path) -> None:
    for arguments in COMMANDS.values():
        run(folder, *arguments)
    assert not of_others(folder)
    assert (folder / "config" / "ca" / "key.pem").stat().st_mode & 0o777 == 0o600
    assert (folder / "config" / "api-tokens.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("of_root", [False, True], ids=["in the installation", "in a folder of root's"])
def test_the_socket_of_fastcgi_is_the_servers(folder: Path, *, of_root: bool) -> None:
    path = folder / ("config" if of_root else "cache") / "s"
    command = [sys.executable, "-m", "updateserver", "fastcgi", "--root", str(folder), "--socket", str(path)]
    with subprocess.Popen([*command, "--processes", "1"]) as process:
        try:
            wait_until(lambda: path.exists() and path.stat().st_uid != 0, "the socket is the server's user's")
            status = path.stat()
        finally:
            process.terminate()
    user = pwd.getpwnam(NOBODY)
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (user.pw_uid, user.pw_gid, 0o660)


def as_owner(root: Path, code: str) -> str:
    imports = "from pathlib import Path; import os, updateserver.configuration.io.owner as owner"
    beginning = f"{imports}; root = Path({str(root)!r}); "
    ran = subprocess.run([sys.executable, "-c", beginning + code], capture_output=True, text=True, check=True)
    return ran.stdout.strip()


@pytest.mark.parametrize(
    ("place", "plant"),
    [
        ("status/x.xml", lambda path, target: path.symlink_to(target)),
        ("cache/x.lock", lambda path, target: path.hardlink_to(target)),
    ],
    ids=["symlink", "hard link"],
)
def test_a_planted_link_gives_no_file_of_root_away(
    folder: Path, place: str, plant: Callable[[Path, Path], None]
) -> None:
    target = folder / "config" / "secret"
    target.write_text("root's")
    target.chmod(0o600)
    plant(folder / place, target)
    told = as_owner(
        folder,
        "owner.become_owner_of(root)\n"
        f"try: open(root / {place!r}, 'w'); print('written')\n"
        "except PermissionError: print('refused')",
    )
    assert told == "refused"
    assert (target.read_text(), target.stat().st_uid) == ("root's", 0)


def test_a_root_only_file_can_still_be_read(folder: Path) -> None:
    secret = folder / "config" / "secret"
    secret.write_text("root's")
    secret.chmod(0o600)
    code = "owner.become_owner_of(root); print(os.geteuid(), (root / 'config/secret').read_text())"
    assert as_owner(folder, code) == f"{pwd.getpwnam(NOBODY).pw_uid} root's"


def test_an_installation_of_root_stays_roots(folder: Path) -> None:
    shutil.chown(folder / "status", 0, 0)
    assert as_owner(folder, "owner.become_owner_of(root); print(os.geteuid())") == "0"


def test_without_a_status_folder_the_one_above_it_tells(folder: Path) -> None:
    (folder / "status").rmdir()
    shutil.chown(folder, NOBODY, "nogroup")
    assert as_owner(folder, "owner.become_owner_of(root); print(os.geteuid())") == str(pwd.getpwnam(NOBODY).pw_uid)
