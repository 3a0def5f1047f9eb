"""A file that is there and cannot be read is not taken for one that does not exist."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.site import SN, Site, answer_to, poll
from updateserver.backups.io.store import store
from updateserver.base.io.files import read, readable
from updateserver.certificates.io.enrolment import Enrolment
from updateserver.certificates.io.overview import rows
from updateserver.login.io.api_tokens import ApiTokens
from updateserver.poll.io.installation import Installation

CERTIFICATES = (
    '<master info=""/><status dir="status"/><customcerts dir="certs" CAname="CA"/>'
    '<queries><query id="certificates"><applies>*</applies></query></queries>'
)
BACKUPS = '<master info=""/><status dir="status"/><backup dir="backup"/>'
REPORT = (
    '<info><servercert><certificate subject_cn="x" issuer_cn="self" not_before="01.01.2010-00:00:00" '
    'not_after="31.12.2049-23:59:59"/></servercert><requests><request/></requests></info>'
)


def loop(path: Path) -> None:
    """Have something in a file's place that not even root can read."""
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(path.name)


@pytest.mark.parametrize("look", [read, readable])
def test_no_file_is_none(tmp_path: Path, look: Callable[[Path], bytes | None]) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    assert [look(tmp_path / name) for name in ("none", "link", "file/none")] == [None] * 3
    assert look(tmp_path / "file") == b""


def test_an_unreadable_one_is_an_error(tmp_path: Path) -> None:
    loop(tmp_path / "file")
    with pytest.raises(OSError, match="symbolic"):
        read(tmp_path / "file")
    assert readable(tmp_path / "file") is None


@pytest.mark.parametrize("name", [f"certs/{SN}-request.p10.der", f"certs/{SN}-signedrequest.cer", f"status/{SN}.xml"])
def test_a_device_tries_again_and_the_log_says_why(served: Site, caplog: pytest.LogCaptureFixture, name: str) -> None:
    served.configure(CERTIFICATES)
    served.get(poll())
    served.put_upload(answer_to("certificates"), REPORT)
    if name.startswith("certs/"):
        served.put(f"certs/{SN}-request.p10.der", "a request")
    (served.root / name).unlink(missing_ok=True)
    loop(served.root / name)
    answer = served.get(poll())
    assert (answer.status, answer.lines) == (500, [])
    assert name in caplog.text
    (served.root / name).unlink()
    assert served.get(poll()).status == 200


def test_one_device_costs_no_other_its_place_in_the_list(site: Site) -> None:
    site.configure(CERTIFICATES)
    for sn in (SN, "00-90-33-00-00-01"):
        site.put(f"status/{sn}.xml", "<state/>")
    loop(site.root / "certs" / f"{SN}-request.p10.der")
    installation = Installation(site.root)
    found = {row.sn: row.progress for row in rows(installation, installation.config(), 0)}
    assert sorted(found) == ["00-90-33-00-00-01", SN]
    assert f"{SN}-request.p10.der" in found[SN].why[0]
    with pytest.raises(OSError, match="symbolic"):
        Enrolment(installation, installation.config(), SN).review(0)


def test_a_backup_is_stored_beside_an_unreadable_one(site: Site) -> None:
    site.configure(BACKUPS)
    installation = Installation(site.root)
    (site.root / "backup").mkdir()
    loop(site.root / "backup" / "IP232-30-00-af" / "IP232-30-00-af.0.txt")
    backup = installation.config().backup
    store(site.root, backup, "IP232-30-00-af", b"config change A", installation.locks)
    assert "IP232-30-00-af.1.txt" in site.names("backup/IP232-30-00-af")


def test_tokens_that_cannot_be_read_are_not_none(site: Site) -> None:
    loop(site.root / "config" / "api-tokens.json")
    with pytest.raises(ValueError, match="cannot be read"):
        ApiTokens(site.root, site.root / "cache").all()
