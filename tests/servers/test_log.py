"""What the program says is found, also where lighttpd starts it; and links in fw/ are followed."""

import sys
from collections.abc import Callable, Mapping

import pytest

from tests.servers.conftest import Served
from tests.site import FOLDER
from tests.waiting import wait_until

STARTED_BY_LIGHTTPD = {
    '    "socket" => updateserver_socket,\n': '    "socket" => run + "/own-" + var.PID,\n',
    '#   "bin-path" => updateserver_folder + "/.venv/bin/python': f'    "bin-path" => "{sys.executable}',
    '#   "bin-environment" => (': '    "bin-environment" => (',
    '#       "PYTHONPATH"': '        "PYTHONPATH"',
    '#       "UPDATESERVER_LOG"': '        "UPDATESERVER_LOG"',
    '#   ),\n#   "max-procs" => 4,': '    ),\n    "max-procs" => 1,',
}


def test_a_program_that_lighttpd_starts_writes_its_log(
    start: Callable[[str, Mapping[str, str]], Served],
) -> None:
    served = start("lighttpd", STARTED_BY_LIGHTTPD)
    log = served.site.root / "log" / "updateserver.log"
    log.parent.mkdir()
    assert served.web.get(f"{FOLDER}update.php?mode=nonsense").status == 400
    for told in (log, served.site.root / "run" / "breakage.log"):
        wait_until(lambda told=told: told.exists() and "refused with 400" in told.read_text(), f"a line in {told}")


@pytest.mark.parametrize("folder", [False, True])
def test_firmware_may_lie_elsewhere(served: Served, folder: bool) -> None:
    elsewhere = served.site.root.parents[1] / "firmware"
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "boot.bin").write_text("elsewhere")
    link = served.site.root / "fw" / ("linked" if folder else "linked.bin")
    if not link.is_symlink():
        link.symlink_to(elsewhere if folder else elsewhere / "boot.bin")
    target = "linked/boot.bin" if folder else "linked.bin"
    assert served.web.get(f"{FOLDER}fw/{target}").body == b"elsewhere"
