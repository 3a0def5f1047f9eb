"""The reference device: asked for its builds, its answer cached, its failures remembered for a while."""

import logging
import time
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from updateserver.base.hostile_xml import parsed
from updateserver.base.io import files
from updateserver.base.io.files import content_of, readable, replace, turn
from updateserver.base.io.lookups import within
from updateserver.configuration.config import Master
from updateserver.poll.facts import Builds, Reference
from updateserver.poll.firmware import builds_of

_LOG = logging.getLogger("updateserver.reference")
_TIMEOUT = 3.0  # seconds until a silent device counts as down
_FORGET_FAILURE = 60  # seconds that it is not asked again after a failure

_CURRENT = "firmware build info cache is current"
_NOT_CURRENT = "failed to use cached data (cache not current), retrieving info online"


class ReferenceDevice:
    """The builds of the reference device, by way of the cache file below `root`.

    A failure is kept in a file beside the cache, so that plain CGI calls know of it too. Where the disk does not let us
    write, the answer is kept in memory.
    """

    def __init__(self, root: Path, locks: Path) -> None:
        self._root = root
        self._locks = locks
        self._in_memory: tuple[float, str, Builds] | None = None  # when (monotonic), from which URL

    def builds(self, master: Master) -> Reference:
        """Return the builds; asks the device if the cache is older than `master/@expire` seconds."""
        cache = self._root / master.cache
        if found := self._current(master, cache):
            return found
        try:
            # one asks; whoever has an older answer goes on with that, others wait and take the new one
            with turn(self._locks, "reference-device", wait=cached(cache) is None) as is_ours:
                if not is_ours:
                    return self._stale(master, cache, "it is being asked")
                return self._current(master, cache) or self._asked(master, cache)
        except OSError as error:
            _LOG.error("cannot take turns asking the reference device: %s", files.trouble(error))
            return self._asked(master, cache)

    def cached(self, master: Master) -> Reference:
        """Return the builds in the cache, however old; the device is not asked."""
        return self._stale(master, self._root / master.cache, "", ())

    def _current(self, master: Master, cache: Path) -> Reference | None:
        if self._in_memory and self._in_memory[1] == master.info:
            since, _, remembered = self._in_memory
            if time.monotonic() - since < master.expire:
                return Reference(remembered, (_CURRENT,))
        try:
            # A cache from the future would be current for as long (docs/differences.md, 39).
            is_current = 0 <= time.time() - cache.stat().st_mtime < master.expire
        except OSError:
            return None
        builds = cached(cache) if is_current else None
        return Reference(builds, (_CURRENT,)) if builds else None

    def _asked(self, master: Master, cache: Path) -> Reference:
        """Ask the device, unless that failed a moment ago."""
        if why := _failed_lately(master.info, cache):
            return self._stale(master, cache, why)
        from updateserver.base.io.lookups import fetched  # noqa: PLC0415 - takes 25 ms to import

        try:
            # Twice limited: the one inside covers each step of the connection, the one outside a name server that
            # hangs.
            answer = within(_TIMEOUT, lambda: fetched(master.info, _TIMEOUT))
            builds = _builds(answer)
        except OSError as error:
            _LOG.warning("reference device: cannot access %s: %s", master.info, error)
            why, reason = f"cannot access {master.info}", _plain(error, master.info)
        except ValueError as error:
            _LOG.warning("reference device: %s answers without builds: %s", master.info, error)
            why = reason = str(error)
        else:
            if not _written(cache, answer):
                self._in_memory = time.monotonic(), master.info, builds
            return Reference(builds, (_NOT_CURRENT,))
        _written(_failure(cache), f"{master.info}\n{why}\n{reason}".encode("utf-8", "replace"))
        return self._stale(master, cache, why)

    def _stale(self, master: Master, cache: Path, why: str, comments: tuple[str, ...] = (_NOT_CURRENT,)) -> Reference:
        if why:
            comments = (*comments, f"cannot get PBX info: {why}, reading cache")
        if builds := cached(cache):
            return Reference(builds, comments)
        return Reference(None, (*comments, f"cannot get cached PBX info: cannot access {master.cache} - exit"))


def cached(cache: Path) -> Builds | None:
    """Return the builds in a cache file, None if it does not hold any."""
    content = readable(cache)
    try:
        return _builds(content) if content else None
    except ValueError:
        return None


def _failed_lately(url: str, cache: Path) -> str:
    """Return why asking this URL failed during the last minute, "" if it did not."""
    failed = _failed(url, cache)
    return failed.why if failed and 0 <= time.time() - failed.at < _FORGET_FAILURE else ""


class Failure(NamedTuple):
    """Why asking the device failed: as devices are told, and in full; `at` is Unix seconds."""

    why: str
    reason: str
    at: float


def last_failure(master: Master, cache: Path) -> Failure | None:
    """Return why the device could not be asked when that was last tried, None if it answered."""
    failed = _failed(master.info, cache)
    try:
        return failed if failed and failed.at >= cache.stat().st_mtime else None
    except OSError:
        return failed


def _failed(url: str, cache: Path) -> Failure | None:
    failure = _failure(cache)
    try:
        at = failure.stat().st_mtime
        asked, _, rest = content_of(failure).decode().partition("\n")
    except (OSError, ValueError):
        return None
    why, _, reason = rest.partition("\n")
    return Failure(why, reason or why, at) if asked == url else None


def _plain(error: OSError, url: str) -> str:
    """Return an error in one line, without what may hold the password of the URL."""
    text = " ".join(str(getattr(error, "reason", "") or error).split())
    return "its address holds a user" if "@" in url else text


def _written(path: Path, content: bytes) -> bool:
    try:
        replace(path, content)
    except OSError as error:
        _LOG.error("cannot write: %s", files.trouble(error))
        return False
    return True


def _failure(cache: Path) -> Path:
    return cache.with_name(f"{cache.name}.failed")


def _builds(answer: bytes) -> Builds:
    try:
        info = parsed(answer)
    except etree.XMLSyntaxError as error:
        raise ValueError("no valid XML in PBX info") from error
    system = info.find("sys")
    if system is None:
        raise ValueError("no <sys> tag in PBX info")
    return builds_of(system.get("version", ""))
