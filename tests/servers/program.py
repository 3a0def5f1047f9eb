"""The FastCGI program as systemd runs it: systemd holds the socket and starts the program again when it ends."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]
BACKLOG = 4096

# What systemd does between fork and exec.
_LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.executable, [sys.executable, "-m", "updateserver", "fastcgi", *sys.argv[2:]])
"""


class Program:
    """`updateserver.socket.example` and `updateserver.service.example`, as a context manager."""

    def __init__(self, root: Path, processes: int = 4) -> None:
        self.address = root / "run" / "updateserver.socket"
        self.log = root / "run" / "program.log"
        self.exit_codes: list[int] = []
        self._options = ["--root", str(root), "--processes", str(processes)]
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._systemd = threading.Thread(target=self._keep_running)

    def __enter__(self) -> Self:
        self.address.parent.mkdir(exist_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.address))
        self.address.chmod(0o666)
        self._listener.listen(BACKLOG)
        self._systemd.start()
        try:
            wait_until(lambda: len(self.workers) > 0 or bool(self.exit_codes), "the program starts")
            assert not self.exit_codes, self.log.read_text()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        while self._systemd.is_alive():  # it may be about to start the program once more
            self.signal(signal.SIGTERM)
            self._systemd.join(0.5)
        self._listener.close()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        return children(self.pid) if self._process else []

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # it ended and is not started again yet
            os.kill(self.pid, number)

    def kill_workers(self) -> list[int]:
        """Kill all processes that serve; return which."""
        workers = self.workers
        kill_all(workers)
        return workers

    def _keep_running(self) -> None:
        while not self._stopping.is_set():
            descriptor = self._listener.fileno()
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _LAUNCH, str(descriptor), *self._options],
                    pass_fds=[descriptor],
                    env=os.environ | {"PYTHONPATH": str(PROJECT / "lib")},
                    stdin=subprocess.DEVNULL,
                    stderr=log,
                    cwd="/",
                )
            self.exit_codes.append(self._process.wait())


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def kill_all(pids: list[int]) -> None:
    """Kill processes as nothing can be killed harder."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
