"""Downloads by the addresses of the PHP version: with login, of what is an installation's own, and no secrets."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.admin.conftest import CONFIGURATION, MASTER
from tests.admin.visitor import SN, Visitor
from tests.site import HWID, Answer, Site

FILES = {
    "scripts/update-all-default.txt": b"config add X\r\n\xff",
    "scripts/update-all-m\xfcnchen 1.txt": b"config add Y\r\n",
    f"status/{SN}.xml": b"<state/>",
    "status/009033000001.xml": b"<state seen='1'/>",
    f"backup/{HWID}/{HWID}.0.txt": b"config change CMD0",
    f"certs/{SN}-request.p10.der": b"request",
}
SECRETS = {
    "config/scripting.py": b"secret",
    f"certs/{SN}-request.der.key": b"secret",
    "certs/ca/ca.key": b"secret",
    "cache/x.xml": b"secret",
    "audit/x.txt": b"secret",
    "config/x.txt": b"secret",
    "scripts/.hidden.txt": b"secret",
    "scripts/notes.html": b"secret",
    "scripts/sub/x.txt": b"secret",
    "status/lastcleanup": b"secret",
    "outside.txt": b"secret",
}


@pytest.fixture
def full(served: Site) -> Site:
    """An installation with a file of each kind."""
    for name, content in (FILES | SECRETS).items():
        served.put(name, content)
    return served


def fetched(visitor: Visitor, name: str) -> Answer:
    return visitor.get(f"?mode=ui&cmd=deliverfile&fn={quote(name)}")


@pytest.mark.usefixtures("full")
def test_all_that_old_addresses_name_is_delivered_to_an_admin(admin: Visitor) -> None:
    for name, content in FILES.items():
        answer = fetched(admin, name)
        assert (answer.status, answer.body) == (200, content), name
        assert answer.headers["content-disposition"].startswith("attachment; ")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_each_download_is_noted(admin: Visitor, full: Site) -> None:
    fetched(admin, f"status/{SN}.xml")
    assert f"{SN}.xml" in full.read("audit/audit.jsonl").decode()


@pytest.mark.usefixtures("full")
def test_nothing_is_delivered_without_login(stranger: Visitor) -> None:
    stranger.get("?nohttps")
    for name in FILES:
        answer = fetched(stranger, name)
        assert answer.status == 403, name
        assert "content-disposition" not in answer.headers


@pytest.mark.usefixtures("full")
def test_nothing_is_delivered_to_who_logged_out(admin: Visitor) -> None:
    admin.get("?mode=info")
    admin.post("?mode=logout")
    assert fetched(admin, f"status/{SN}.xml").status == 403


@pytest.mark.usefixtures("full")
def test_nothing_else_is_delivered(admin: Visitor) -> None:
    ways = (
        "scripts/../{}",
        "status/../{}",
        "scripts/x/../../{}",
        "./{}",
        "/{}",
        "scripts//../{}",
        "../installation/{}",
    )
    odd = (
        "scripts/..", "scripts/", "scripts", "status/", "status/..xml", "status/.xml", "config.xml", "update.py",
        "scripts/../scripts/update-all-default.txt", "./scripts/update-all-default.txt", "/etc/passwd",
        "/scripts/update-all-default.txt", "scripts/update-all-default.txt/", "scripts/update-all-default.txt\0",
        "scripts/update-all-default.txt\0.txt", "SCRIPTS/update-all-default.txt", "scripts/a\r\nX-Y: z.txt",
        "scripts\\update-all-default.txt", "scripts/..\\outside.txt", "scripts/nothing.txt",
        "config/user-config.xml", "config/session-secret", "audit/audit.jsonl", "status/../config/user-config.xml",
    )  # fmt: skip
    for name in (*SECRETS, *odd, *(way.format(name) for way in ways for name in SECRETS)):
        answer = fetched(admin, name)
        assert answer.status == 404, name
        assert "content-disposition" not in answer.headers


@pytest.mark.parametrize("target", ["../config/user-config.xml", "/etc/passwd", "../certs/{}-request.der.key"])
def test_links_are_not_followed(admin: Visitor, full: Site, tmp_path: Path, target: str) -> None:
    for name in FILES:
        (full.root / name).unlink()
        (full.root / name).symlink_to(target.format(SN))
        assert fetched(admin, name).status == 404
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "IP111-00-00-01.0.txt").write_bytes(b"secret")
    (full.root / "backup/IP111-00-00-01").symlink_to(elsewhere)
    assert fetched(admin, "backup/IP111-00-00-01/IP111-00-00-01.0.txt").status == 404


def test_what_is_no_file_is_not_waited_for(admin: Visitor, full: Site) -> None:
    os.mkfifo(full.root / "scripts/pipe.txt")
    (full.root / "scripts/folder.txt").mkdir()
    assert fetched(admin, "scripts/pipe.txt").status == 404
    assert fetched(admin, "scripts/folder.txt").status == 404


def test_a_data_folder_may_be_a_link_to_another_disk(admin: Visitor, full: Site, tmp_path: Path) -> None:
    (full.root / "scripts").rename(tmp_path / "disk")
    (full.root / "scripts").symlink_to(tmp_path / "disk")
    assert fetched(admin, "scripts/update-all-default.txt").body == FILES["scripts/update-all-default.txt"]


@pytest.mark.parametrize("folder", ["config", "./config", "config/", "scripts/../config", "."])
def test_the_configuration_is_never_a_data_folder(admin: Visitor, full: Site, folder: str) -> None:
    own = f'<status dir="{folder}"/><times dir="{folder}"/>'
    full.configure(MASTER + own + CONFIGURATION.replace('<status dir="status"/>', ""))
    for name in ("user-config.xml", "x.txt", "config.xml", "outside.txt"):
        assert fetched(admin, f"{folder}/{name}").status == 404


@pytest.mark.parametrize(("configured", "asked"), [("data/s", "data/s"), ("data/s/", "data/s"), ("data/s/", "data/s/")])
def test_folders_are_those_of_the_configuration(admin: Visitor, full: Site, configured: str, asked: str) -> None:
    full.configure(f'{MASTER}<status dir="{configured}"/><times dir="{configured}"/>')
    full.put(f"data/s/{SN}.xml", b"<state/>")
    full.put("data/s/a.txt", b"a")
    assert fetched(admin, f"{asked}/{SN}.xml").body == b"<state/>"
    assert fetched(admin, f"{asked}/a.txt").body == b"a"
    assert fetched(admin, "scripts/update-all-default.txt").status == 404
