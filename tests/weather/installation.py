"""An installation of its own, which stages, asks, backs up and updates firmware; and the real program that serves it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from lxml import etree

PROJECT = Path(__file__).parents[2]
TYPES = ("IP232", "IP222", "IP111", "IP112", "IP811", "IP0011")  # hardware: each has a certificate of the factory
BUILD = "137000"
FOLDERS = ("status", "backup", "cache", "certs", "scripts")

CONFIG = """<config>
  <master info="none" firmware="{build}" bootcode="none"/>
  <backup dir="backup"/>
  <status dir="status"/>
  <times grace="0" {times}/>
  <phases><phase id="staging" seq="100"/></phases>
  <customcerts {certs}/>
  <queries>
    <query id="admin"><applies>*</applies></query>
    <query id="certificates"><applies>*</applies></query>
  </queries>
  {more}
</config>
"""


class Installation:
    """A folder with a server in it; `times`, `certs` and `more` go into its configuration."""

    def __init__(self, root: Path, *, times: str = "", certs: str = "", more: str = "") -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        for name in ("update.py", "update-migrate.py", "config.xml"):
            shutil.copy(PROJECT / name, root)
        (root / "lib").symlink_to(PROJECT / "lib")
        self.configure(times=times, certs=certs, more=more)
        for name in ("staging-all-all", "update-phone-all", "update-gw-all", "update-all-all"):
            self.put(f"scripts/{name}.txt", f"config add CMD0 /done {name}\n")
        for kind in TYPES:
            self.put(f"fw/{BUILD}/{kind.lower()}.bin", "firmware")

    def configure(self, *, times: str = "", certs: str = "", more: str = "") -> None:
        self.put("config/user-config.xml", CONFIG.format(build=BUILD, times=times, certs=certs, more=more))

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

    def __init__(self, installation: Installation, *options: str, environment: dict[str, str] | None = None) -> None:
        self.installation = installation
        self.options = options
        self.environment = environment or {}
        self.urls: list[str] = []
        self.pid = 0
        self._log = Path(tempfile.mkstemp(prefix="weather-", suffix=".log")[1])

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
                [*command, "--host", "127.0.0.1", "--http", "0", *self.options],
                env={**os.environ, "PYTHONPATH": library, **self.environment},
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
        try:
            if kind is None:
                assert "Traceback" not in self.log, self.log
        finally:
            self._log.unlink()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
