"""What the server's user may not read or write is told, with the command that fixes it; nothing is a traceback."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner
from werkzeug.datastructures import LanguageAccept

from tests.site import PROJECT, SN, Site, site
from updateserver.cli.check_config import check_config
from updateserver.device.io import expiry
from updateserver.findings.io import access
from updateserver.findings.io.access import access_findings
from updateserver.findings.io.all import load
from updateserver.web.admin.translation import translation_for

__all__ = ["site"]

OF_ROOT = ("config", "scripts", "fw", "web")
DATA = ("status", "backup", "certs", "cache", "audit", "debug", "cache/locks", "backup/IP232-30-00-af")
SERVER, GROUP = "nobody", "nogroup"
OWN = (
    '<config><master info="" user="a" password="b"/><status dir="status"/><backup dir="backup"/>'
    '<customcerts dir="certs"/></config>'
)
FILES = (
    f"status/{SN}.xml",
    "status/lastcleanup",
    "backup/IP232-30-00-af/IP232-30-00-af.0.txt",
    f"certs/{SN}-request.p10.der",
    "certs/journal.jsonl",
    "certs/CAkey-01.cer",
    "cache/locks/00.lock",
    "cache/fleet-index.sqlite",
    "cache/master-info.xml",
    "audit/audit.jsonl",
    "debug/Request-Certs.txt",
)
READ_ONLY = (
    "config.xml",
    "config/user-config.xml",
    "config/scripting.py",
    "config/session-secret",
    "config/api-tokens.json",
    "config/ca/key.pem",
    "scripts/update-all-default.txt",
    "fw/130986/ip232.bin",
    "web/admin.css",
)
PROCESS = "import sys; sys.path.insert(0, sys.argv.pop(1)); from updateserver.cli import main; main()"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """An installation in which the server's user may read and write what it needs to."""
    path = Path(tempfile.mkdtemp())  # another user must be able to enter it
    path.chmod(0o755)
    for name in (*OF_ROOT, *DATA):
        (path / name).mkdir()
    for name in (*READ_ONLY, *FILES):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).touch()
        (path / name).chmod(0o644)
    shutil.copy(PROJECT / "config.xml", path)
    (path / "config.xml").chmod(0o644)
    (path / "config" / "user-config.xml").write_text(OWN)
    (path / "scripts" / "update-all-default.txt").write_text("config add CMD0 /name Lobby")
    for name in (*DATA, *FILES):
        shutil.chown(path / name, SERVER, GROUP)
    yield path
    shutil.rmtree(path)


def found(root: Path, *options: str) -> dict[str, str]:
    """Return what check-config says about files, by their names."""
    command = [sys.executable, "-c", PROCESS, str(PROJECT / "lib"), "check-config", "--json", "--root", str(root)]
    ran = subprocess.run([*command, *options], check=False, capture_output=True, text=True)
    assert ran.returncode in (0, 1), ran.stderr
    assert not ran.stderr
    return told(ran.stdout)


def told(report: str) -> dict[str, str]:
    return {one["file"]: one["message"] for one in json.loads(report) if not one["element"]}


def found_here(root: Path) -> dict[str, str]:
    """Return the same, said to the owner of the installation."""
    ran = CliRunner().invoke(check_config, ["--json", "--root", str(root)])
    assert ran.exit_code in (0, 1), ran.output
    assert ran.exception is None or isinstance(ran.exception, SystemExit)
    return told(ran.stdout)


def put_right(root: Path) -> dict[str, str]:
    """Run the commands that check-config tells; return what it says then."""
    for message in found(root).values():
        subprocess.run(["sh", "-ec", message.partition(": ")[2]], check=True)
    return found(root)


@as_root
def test_nothing_is_said_where_all_is_right(folder: Path) -> None:
    assert found(folder) == {}


@as_root
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_leftovers_of_root_are_found_and_put_right(folder: Path, mode: int) -> None:
    for name in FILES:
        os.chown(folder / name, 0, 0)
        (folder / name).chmod(mode)
    told = found(folder)
    verb = "write" if mode == 0o644 else "read"
    assert {name.split("/")[0] for name in told} == {"status", "certs", "cache", "audit", "debug"} | (
        {"backup"} if mode == 0o600 else set()
    )
    assert all(f"user {SERVER} cannot {verb} it" in message for message in told.values())
    assert put_right(folder) == {}


@as_root
def test_a_single_lock_file_is_found(folder: Path) -> None:
    os.chown(folder / "cache/locks/00.lock", 0, 0)
    assert list(found(folder)) == ["cache/locks/00.lock"]


@as_root
def test_what_only_root_may_read_is_found_and_put_right(folder: Path) -> None:
    for name in READ_ONLY:
        (folder / name).chmod(0o600)
    assert sorted(found(folder)) == sorted(READ_ONLY)
    assert put_right(folder) == {}


@as_root
@pytest.mark.parametrize("mode", [0o700, 0o711, 0o755])
def test_folders_of_root_are_found_and_put_right(folder: Path, mode: int) -> None:
    changed = [name for name in (*DATA, *OF_ROOT) if name != "status" and "/" not in name]
    for name in changed:
        os.chown(folder / name, 0, 0)
        (folder / name).chmod(mode)
    # files in config are called by their names
    right = {0o700: [], 0o711: ["config"], 0o755: list(OF_ROOT)}[mode]
    assert sorted(found(folder)) == sorted(set(changed) - set(right))
    assert put_right(folder) == {}


@as_root
def test_that_root_has_the_states_of_another_ones_server_is_told(folder: Path) -> None:
    os.chown(folder / "status", 0, 0)
    told = found(folder)["status"]
    assert told.startswith("it belongs to root, other data to nobody; if the server runs as nobody: chown -R nobody:")
    subprocess.run(["sh", "-ec", told.rpartition(": ")[2]], check=True)
    assert found(folder) == {}


@as_root
@pytest.mark.parametrize("name", ["audit", "backup", "fw", "status"])
def test_a_folder_that_cannot_be_made_is_found(folder: Path, name: str) -> None:
    shutil.rmtree(folder / name)
    told = found(folder, "--user", SERVER)
    assert told[name].startswith(f"user {SERVER} cannot make this folder: mkdir -p {folder}/{name} && chown {SERVER}")


@as_root
def test_modes_of_ones_own_files_are_put_right(folder: Path) -> None:
    (folder / FILES[0]).chmod(0)
    (folder / "status").chmod(0o500)
    assert put_right(folder) == {}


@as_root
def test_a_closed_folder_above_is_told(folder: Path) -> None:
    inner = folder / "config" / "here"
    shutil.copytree(folder, inner, ignore=lambda *_: ["here"])
    shutil.chown(inner / "status", SERVER)
    (folder / "config").chmod(0o700)
    assert found(inner)["."].endswith(f"cannot enter the folder {folder}/config: chmod o+x {folder}/config")


@as_root
def test_another_user_may_be_named(folder: Path) -> None:
    told = found(folder, "--user", "daemon")
    assert told["status"].startswith("user daemon cannot write it")
    assert found(folder, "--user", "65534") == {}


@as_root
def test_many_files_are_one_finding(folder: Path) -> None:
    for number in range(30):
        (folder / "status" / f"00-90-33-00-00-{number:02x}.xml").touch(0o600)
    ((name, message),) = found(folder).items()
    assert name == "status/00-90-33-00-00-00.xml"
    assert "nor 29 others there: chown -R" in message


ODD: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/null"),
    "loop": lambda path: path.symlink_to(path.name),
    "dangling": lambda path: path.symlink_to("nowhere"),
    "below a file": lambda path: path.symlink_to("../config.xml/x"),
    "folder": Path.mkdir,
    "file": Path.touch,
    "odd name": lambda path: path.with_name(f"{path.name}\n\udcff{path.suffix}").touch(),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", ["status/a.xml", "certs/CAkey-1.cer"])
def test_odd_files_are_told_without_a_traceback(site: Site, name: str, odd: str) -> None:
    (site.root / "config" / "user-config.xml").write_text(OWN)
    (site.root / name).parent.mkdir(parents=True)
    ODD[odd](site.root / name)
    assert (name in found_here(site.root)) == (odd not in ("folder", "file", "odd name"))


@pytest.mark.parametrize("odd", ["pipe", "loop", "dangling", "file"])
@pytest.mark.parametrize("name", ["status", "scripts", "certs", "audit"])
def test_what_is_no_folder_is_told_without_a_traceback(site: Site, name: str, odd: str) -> None:
    (site.root / "config" / "user-config.xml").write_text(OWN)
    ODD[odd](site.root / name)
    assert name in found_here(site.root)


@pytest.mark.parametrize("name", ["config.xml", "config/user-config.xml"])
@pytest.mark.parametrize("odd", ["pipe", "loop", "dangling", "folder", ""])
def test_a_configuration_that_is_none_is_told(site: Site, name: str, odd: str) -> None:
    (site.root / name).unlink()
    if odd:
        ODD[odd](site.root / name)
    assert name in found_here(site.root)


def test_no_folder_is_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(PROJECT / "lib"), "check-config", "--root", str(tmp_path / "none")]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.returncode == 2
    assert "does not exist" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_page_does_not_look_for_ever(site: Site) -> None:
    (site.root / "status").mkdir()
    config, merged, _ = load(site.root)
    assert config
    findings = list(access_findings(site.root, config, merged, seconds=-1))
    assert findings[-1].message.startswith("there is more than could be checked here")


@pytest.mark.parametrize("module", [access, expiry], ids=lambda module: module.__name__)
def test_all_that_is_told_is_there_in_german(module: ModuleType) -> None:
    texts = {text for name, text in vars(module).items() if name.startswith("_") and isinstance(text, str)}
    texts = {text for text in texts if " " in text and not text.startswith("mount")}
    texts -= {module.__doc__}
    german = translation_for(LanguageAccept([("de", 1)])).catalog.texts
    assert {text for text in texts if text not in german} == set()
