"""Workers: a fixed number of processes that all do the same work, supervised by the one that started them.

The supervisor itself does nothing else and imports nothing of the program, so faults and updates of the program do not
reach it. A process that ends is replaced, at once or, where the work cannot even begin, ever more slowly.
"""

import logging
import os
import signal
import time
from collections.abc import Callable

_LOG = logging.getLogger("updateserver.processes")
_SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

_PAUSE = 0.05  # seconds between the end of a process and the next start: a crash must not become a storm of starts
_LONGEST_PAUSE = 5.0  # seconds
_BEGUN = 2.0  # seconds after which a process has begun its work
_GRACE = 20.0  # seconds that running work gets to finish
_IDLE = 60.0  # seconds between looks when nothing happens


def keep_working(work: Callable[[], None], count: int) -> None:
    """Have `count` processes do the work until SIGTERM or SIGINT, then let them finish; SIGHUP replaces them all."""
    # Signals are fetched, not handled: nothing ever interrupts this process between two of its steps.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    workers = _Workers(work, count)
    while True:
        workers.start_missing()
        number = _next_signal(workers.pause)
        if number in (signal.SIGTERM, signal.SIGINT):
            break
        if number == signal.SIGHUP:
            workers.signal_all(signal.SIGTERM)
        workers.reap()
    workers.stop()


def _next_signal(seconds: float) -> int:
    """Wait for one of our signals; 0 if none came in time."""
    found = signal.sigtimedwait(_SIGNALS, seconds)
    return found.si_signo if found else 0


class _Workers:
    def __init__(self, work: Callable[[], None], count: int) -> None:
        self._work = work
        self._count = count
        self._begin: dict[int, float] = {}  # when each process was started, by its id
        self._failures = 0  # in a row
        self._next_start = 0.0

    @property
    def pause(self) -> float:
        """Seconds until there may be something to do, unless a signal comes."""
        return _IDLE if len(self._begin) == self._count else max(0.0, self._next_start - time.monotonic())

    def start_missing(self) -> None:
        """Start as many processes as are missing, if it is time."""
        while len(self._begin) < self._count and time.monotonic() >= self._next_start:
            pid = os.fork()
            if pid == 0:
                _begin(self._work)
            self._begin[pid] = time.monotonic()

    def signal_all(self, number: int) -> None:
        """Send a signal to all; those that ended meanwhile are not reaped yet, so no other process gets it."""
        for pid in self._begin:
            os.kill(pid, number)

    def reap(self) -> None:
        """Note which processes have ended, and decide when to start new ones."""
        while self._begin:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._note_end(os.waitstatus_to_exitcode(status), time.monotonic() - self._begin.pop(pid), pid)

    def _note_end(self, code: int, seconds: float, pid: int) -> None:
        if code not in (0, -signal.SIGTERM):  # told to stop before it had begun
            _LOG.error("process %d ended with %s after %.1f s", pid, _described(code), seconds)
        # Who was killed could begin his work; who fails at the beginning will fail again.
        self._failures = self._failures + 1 if code > 0 and seconds < _BEGUN else 0
        pause = min(_PAUSE * 2 ** min(self._failures, 10), _LONGEST_PAUSE)
        self._next_start = time.monotonic() + pause

    def stop(self) -> None:
        """Let all finish and wait for them; who takes too long is killed."""
        self.signal_all(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while self._begin:
            self.reap()
            if self._begin and not _next_signal(max(0.0, min(1.0, deadline - time.monotonic()))):
                self._kill_after(deadline)

    def _kill_after(self, deadline: float) -> None:
        if time.monotonic() >= deadline:
            _LOG.error("processes that did not finish in %.0f s are killed: %s", _GRACE, list(self._begin))
            self.signal_all(signal.SIGKILL)


def _begin(work: Callable[[], None]) -> None:
    """Do the work in this new process, which ends here."""
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - the boundary of a process
        _LOG.exception("a process fails")
    finally:
        os._exit(code)


def _described(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
