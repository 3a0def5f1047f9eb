"""A fleet settles under lighttpd as www-data, while root runs every command there is.

UPDATESERVER_TRIAL=300 in the environment has so many devices take part.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.servers.conftest import installed
from tests.servers.fleets import CONFIGURATION, TYPES
from tests.servers.program import PROJECT
from tests.servers.web import Certificates, WebServer, lighttpd
from tests.site import SN, Site
from tests.waiting import wait_until
from updateserver.virtual.device import Device
from updateserver.virtual.factory import DeviceAuthority
from updateserver.virtual.fleet import make_fleet, run_fleet

FEW = 10
COUNT = int(os.environ.get("UPDATESERVER_TRIAL", str(FEW)))
ROUNDS = 4  # with all commands
USER = "www-data"
DATA = ("status", "backup", "certs", "cache", "audit", "debug", "run", "run/uploads")
ELSEWHERE = ("hash-password", "dtd", "reference", "simulate")  # they know no installation
OWN_CA, OTHER_CA = "Own CA", "Other CA"
CERTIFICATES = (
    f'<customcerts dir="certs" CAname="{OWN_CA},{OTHER_CA}" CAnamesep="," CAtype="local" CSRdn-cn="{{hwid}}"/>'
)


def _is_there() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return os.geteuid() == 0


pytestmark = pytest.mark.skipif(not _is_there(), reason=f"only root can act for {USER}, who must exist")


@dataclass
class Trial:
    """The installation, the web server before it, and what root does there."""

    site: Site
    web: WebServer
    runs: int = 0
    failed: list[str] = field(default_factory=list)

    def root_runs(self, *command: str, given: bytes = b"", fails: bool = False) -> bytes:
        """Run a command; it is a failure if it fails otherwise than because there is nothing to do."""
        group = 2 if command[0] in ("certificates", "api-token", "redirect", "unknown") else 1
        root = [] if command[0] in ELSEWHERE else ["--root", str(self.site.root)]
        ran = subprocess.run(
            [sys.executable, "-m", "updateserver", *command[:group], *root, *command[group:]],
            check=False,
            input=given,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(PROJECT / "lib")},
        )
        self.runs += 1
        if b"Traceback" in ran.stderr or b"ermission" in ran.stderr or (ran.returncode and not fails):
            self.failed.append(f"{command}: {ran.returncode} {ran.stderr.decode()}")
        return ran.stdout

    def every_command(self, sn: str, upload: Callable[[bytes], bytes]) -> None:
        """Run each command once; `sn` is the device to which the certificate commands do something."""
        for command in ("check-config", "expire", "dtd", "reference"):
            self.root_runs(command, fails=command == "check-config")
        self.root_runs("expire", "--yes")
        self.root_runs("hash-password", given=b"secret\n")
        self.root_runs("show-script", "--sn", sn, "--type", "IP232")
        self.root_runs("simulate", f"{self.web.url}update.php", "--sn", SN, "--polls", "2", fails=True)
        self.root_runs("api-token", "create", f"token-{self.runs}")
        self.root_runs("api-token", "list")
        self.root_runs("api-token", "revoke", f"token-{self.runs - 2}", fails=True)
        self.root_runs("unknown", "list", fails=True)
        self.root_runs("redirect", "project", "1", "--customer", "1", "--url", f"{self.web.url}update.php")
        self.root_runs("redirect", "add", "--project", "1", sn)
        self.root_runs("redirect", "code", "--project", "1")
        self.root_runs("redirect", "list")
        self.root_runs("redirect", "use-sqlite", fails=True)
        for command in ("list", "explain"):
            self.root_runs("certificates", command)
        self.root_runs("certificates", "show", sn)
        self.root_runs("certificates", "release", sn)
        self.root_runs("certificates", "reject", sn, fails=True)
        if request := self.root_runs("certificates", "export", sn, fails=True):
            self.root_runs("certificates", "upload", sn, "-", given=upload(request), fails=True)
        self.root_runs("certificates", "sign", "--all-that-fit", fails=True)
        self._serve(sn)

    def _serve(self, sn: str) -> None:
        """Do as ./run does, and have a device call there."""
        command = [sys.executable, "-m", "updateserver", "serve", "--root", str(self.site.root), "--http", "0"]
        environment = os.environ | {"PYTHONPATH": str(PROJECT / "lib"), "PYTHONUNBUFFERED": "1"}
        command += ["--host", "127.0.0.1", "--quiet"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout
            try:
                url = next(line.split()[-1] for line in process.stdout if b"Command File URL" in line).decode()
                self.root_runs("simulate", url, "--sn", sn, "--polls", "1", fails=True)
            finally:
                process.terminate()
        self.runs += 1


def owned_by_others(root: Path) -> set[str]:
    user = pwd.getpwnam(USER)
    paths = [path for path in root.rglob("*") if not path.is_relative_to(root / "lib")]
    found: set[str] = set()
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            status = path.lstat()
            if (status.st_uid, status.st_gid) != (user.pw_uid, user.pw_gid):
                found.add(str(path.relative_to(root)))
    return found


@pytest.fixture
def trial(factory: DeviceAuthority) -> Iterator[Trial]:
    with installed() as site:
        for name in DATA:
            (site.root / name).mkdir(exist_ok=True)
        for name in DATA:
            for path in ((site.root / name), *(site.root / name).rglob("*")):
                shutil.chown(path, USER, USER)
        certificates = Certificates.below(site.root.parents[2] / "certificates", factory)
        address = site.root / "run" / "updateserver.socket"
        command = [sys.executable, "-m", "updateserver", "fastcgi", "--root", str(site.root), "--socket", str(address)]
        with (site.root.parents[2] / "program.log").open("wb") as log:
            program = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(PROJECT / "lib")}, stderr=log)
        try:
            wait_until(address.exists, "the program listens")
            with lighttpd(site.root, certificates, {}, USER) as web:
                yield Trial(site, web)
        finally:
            program.terminate()
            program.wait()


def has_certificate(device: Device, issuers: set[str]) -> bool:
    chain = device.x509.credential.chain if device.x509.credential else ()
    return bool(chain) and any(name.value in issuers for name in chain[0].issuer)


def test_a_fleet_comes_to_rest_while_root_runs_every_command(trial: Trial, factory: DeviceAuthority) -> None:
    site, before = trial.site, owned_by_others(trial.site.root)
    other = DeviceAuthority(OTHER_CA, common_name=True)
    site.configure(CONFIGURATION + CERTIFICATES)
    for name in ("staging-all-default", "update-all-default"):
        site.put(f"scripts/{name}.txt", f"config add CMD0 /{name.partition('-')[0]} done\r\n")
    trial.root_runs("certificates", "init-ca", "--kind", "ec-256", "--name", OWN_CA)
    site.put("certs/CAkey-02.cer", other.certificate.public_bytes(Encoding.DER))
    before |= {"certs/CAkey-02.cer", "scripts/staging-all-default.txt", "scripts/update-all-default.txt"}
    devices = make_fleet(f"{trial.web.url}update.php", COUNT, TYPES, authority=factory)  # it is no longer accepted
    busy, began, rounds = devices[0].identity.sn, time.monotonic(), 0

    def upload(request: bytes) -> bytes:
        return other.sign(request).public_bytes(Encoding.DER)

    errors: list[str] = []
    while not all(has_certificate(one, {OWN_CA, OTHER_CA}) for one in devices):
        assert rounds < 8, [one.identity.sn for one in devices if not has_certificate(one, {OWN_CA, OTHER_CA})]
        polling = threading.Thread(target=lambda: errors.extend(run_fleet(devices, at_once=COUNT).errors))
        polling.start()
        if rounds == 0 or (COUNT > FEW and rounds < ROUNDS):  # each one rejects the request of the device `busy`
            trial.every_command(busy, upload)
        trial.root_runs("certificates", "sign", "--all-that-fit")
        polling.join()
        rounds += 1
    report = run_fleet(devices, at_once=COUNT)

    assert not trial.failed, trial.failed
    assert not errors
    assert not report.errors
    assert not report.restless
    for device in devices:
        options = [device.configuration.option("CMD0", name) for name in ("/staging", "/update")]
        assert options == ["done", "done"]
    assert owned_by_others(site.root) - before == set()
    assert b"user www-data cannot" not in trial.root_runs("check-config", fails=True)
    log = (site.root.parents[2] / "program.log").read_text()
    assert "Traceback" not in log
    assert "ermission" not in log
    seconds = time.monotonic() - began
    print(f"\n{COUNT} devices, {rounds} rounds, {trial.runs} commands of root, {seconds:.0f} s")  # noqa: T201 -- who asks for more devices wants figures
