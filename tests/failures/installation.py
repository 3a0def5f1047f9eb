"""An installation that stages, asks, backs up and updates firmware; and the real program that serves it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from lxml import etree

from updateserver.virtual.device import Device

PROJECT = Path(__file__).parents[2]
TYPES = ("IP232", "IP222", "IP111", "IP112", "IP811", "IP0011")  # hardware: each has a certificate of the factory
BUILD = "137000"
SNIPPETS = ("staging-all-default", "update-phone-default", "update-gw-default", "update-all-default")
GATEWAYS = ("IP811", "IP0011")
FOLDERS = ("status", "backup", "cache", "certs", "scripts")

MASTER = f'info="none" firmware="{BUILD}" bootcode="none"'
CONFIG = """<config>
  <master {master}/>
  <backup dir="backup"/>
  <status dir="status" minfree="0"/>
  <times {times}/>
  <phases><phase id="staging" seq="100"/></phases>
  <customcerts {certs}/>
  <queries>
    <query id="admin"><applies>*</applies></query>
    <query id="certificates"><applies>*</applies></query>
  </queries>
</config>
"""


class Installation:
    """A folder with a server in it; `configuration` as in `configure`."""

    def __init__(self, root: Path, **configuration: str) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        for name in ("update.py", "update-migrate.py", "config.xml"):
            shutil.copy(PROJECT / name, root)
        (root / "lib").symlink_to(PROJECT / "lib")
        self.configure(**configuration)
        for name in SNIPPETS:
            self.put(f"scripts/{name}.txt", f"config add CMD0 /{name} done\n")
        for kind in TYPES:
            self.put(f"fw/{BUILD}/{kind.lower()}.bin", "firmware")

    def configure(self, *, master: str = MASTER, times: str = 'grace="0"', certs: str = "") -> None:
        """Have these attributes in the tags `master`, `times` and `customcerts`."""
        self.put("config/user-config.xml", CONFIG.format(master=master, times=times, certs=certs))

    def put(self, name: str, content: str) -> Path:
        """Write a file the way that an editor does which replaces it; it looks as if it were a day old."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(content)
        os.utime(fresh, (time.time() - 86400,) * 2)
        fresh.replace(path)
        return path

    def states(self) -> dict[str, etree._Element]:
        """Return each device's state; one that cannot be read fails the test."""
        return {path.stem: etree.parse(path).getroot() for path in (self.root / "status").glob("*.xml")}

    def backups(self) -> dict[str, bytes]:
        folder = self.root / "backup"
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("*/*.txt")}

    def temporaries(self) -> list[Path]:
        return [path for path in self.root.rglob(".*.tmp") if path.is_file()]


class Served:
    """`updateserver serve` as a process of its own, for as long as a `with` block lasts; `log` is what it wrote."""

    def __init__(self, installation: Installation, *options: str, within: tuple[str, ...] = ()) -> None:
        self.installation = installation
        self.options = options
        self.within = within  # a command that starts the program
        self.urls: list[str] = []
        self.pid = 0
        self._log = installation.root.with_name("serve.log")

    @property
    def url(self) -> str:
        return self.urls[0]

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def lines(self, *words: str) -> list[str]:
        """Return the lines of the log that hold all these words."""
        return [line for line in self.log.splitlines() if all(word in line for word in words)]

    def start(self) -> None:
        library = str(PROJECT / "lib")
        command = [sys.executable, "-m", "updateserver", "serve", "--root", str(self.installation.root)]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [*self.within, *command, "--host", "127.0.0.1", "--http", "0", *self.options],
                env={**os.environ, "PYTHONPATH": library},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.pid = self._process.pid
        assert self._process.stdout
        for line in self._process.stdout:
            self.urls += re.findall(r"(https?://\S+update\.php)$", line)
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError(self.log)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._end()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._end()

    def _end(self) -> None:
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        if kind is None:
            assert "Traceback" not in self.log, self.log


def expire(installation: Installation) -> None:
    """Clean up, as the server does once an hour."""
    command = [sys.executable, "-m", "updateserver", "expire", "--root", str(installation.root)]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(PROJECT / "lib")}, check=True, capture_output=True)


def has_everything(device: Device) -> bool:
    """Tell whether a device executed each snippet that is for it, and runs the wanted firmware."""
    other = "update-phone-default" if device.identity.type in GATEWAYS else "update-gw-default"
    wanted = {f"/{name}" for name in SNIPPETS if name != other}
    done = {name for name in (f"/{snippet}" for snippet in SNIPPETS) if device.saved.option("CMD0", name) == "done"}
    return done == wanted and device.firmware == BUILD
