"""The reference device: asked for its builds, its answer cached, its failures remembered for a while."""

import http.client
import logging
import time
import urllib.error
import urllib.request
from pathlib import Path

from lxml import etree

from updateserver.edge.files import read, replace, turn
from updateserver.edge.patience import within
from updateserver.edge.state import parser
from updateserver.model.configuration import Master
from updateserver.rules.builds import builds_of
from updateserver.rules.world import Builds, Reference

_LOG = logging.getLogger("updateserver.reference")
_PATIENCE = 3.0  # seconds until a silent device counts as down
_FORGET_FAILURE = 60  # seconds that it is not asked again after a failure
_LARGEST = 1 << 20  # bytes of an answer

_CURRENT = "firmware build info cache is current"
_NOT_CURRENT = "failed to use cached data (cache not current), retrieving info online"


class ReferenceDevice:
    """The builds of the reference device, by way of the cache file below `root`.

    A failure is kept as an empty file beside the cache, so that plain CGI calls know of it too.
    """

    def __init__(self, root: Path, locks: Path) -> None:
        self._root = root
        self._locks = locks

    def builds(self, master: Master) -> Reference:
        """Return the builds; asks the device if the cache is older than `master/@expire` seconds."""
        cache = self._root / master.cache
        if found := self._current(cache, master.expire):
            return found
        # one asks; whoever has an older answer goes on with that, others wait and take the new one
        with turn(self._locks, "reference-device", wait=cached(cache) is None) as is_ours:
            if not is_ours:
                return self._stale(master, cache, "it is being asked")
            if found := self._current(cache, master.expire):
                return found
            why = self._failed_lately(cache) or self._ask(master.info, cache)
        return self._stale(master, cache, why)

    def cached(self, master: Master) -> Reference:
        """Return the builds in the cache, however old; the device is not asked."""
        return self._stale(master, self._root / master.cache, "", ())

    def _current(self, cache: Path, expire: int) -> Reference | None:
        try:
            is_current = time.time() - cache.stat().st_mtime < expire
        except OSError:
            return None
        builds = cached(cache) if is_current else None
        return Reference(builds, (_CURRENT,)) if builds else None

    def _stale(self, master: Master, cache: Path, why: str, comments: tuple[str, ...] = (_NOT_CURRENT,)) -> Reference:
        if why:
            comments = (*comments, f"cannot get PBX info: {why}, reading cache")
        if builds := cached(cache):
            return Reference(builds, comments)
        return Reference(None, (*comments, f"cannot get cached PBX info: cannot access {master.cache} - exit"))

    def _failed_lately(self, cache: Path) -> str:
        failure = _failure(cache)
        try:
            seconds = time.time() - failure.stat().st_mtime
            return failure.read_text() if 0 <= seconds < _FORGET_FAILURE else ""
        except (OSError, ValueError):
            return ""

    def _ask(self, url: str, cache: Path) -> str:
        """Ask the device and cache its answer; return why that failed, "" if it did not."""
        try:
            answer = within(_PATIENCE, lambda: _get(url))
            _builds(answer)
        except (OSError, http.client.HTTPException) as error:
            _LOG.warning("reference device: cannot access %s: %s", url, error)
            why = f"cannot access {url}"
        except ValueError as error:
            _LOG.warning("reference device: %s answers without builds: %s", url, error)
            why = str(error)
        else:
            return _kept(cache, answer)
        self._remember(cache, why)
        return why

    def _remember(self, cache: Path, why: str) -> None:
        try:
            replace(_failure(cache), why.encode())
        except OSError as error:
            _LOG.error("cannot write %s: %s", _failure(cache), error)


def cached(cache: Path) -> Builds | None:
    """Return the builds in a cache file, None if it does not hold any."""
    content = read(cache)
    try:
        return _builds(content) if content else None
    except ValueError:
        return None


def _kept(cache: Path, answer: bytes) -> str:
    try:
        replace(cache, answer)
    except OSError as error:
        _LOG.error("cannot write %s: %s", cache, error)
        return f"cannot write {cache.name}"
    return ""


def _failure(cache: Path) -> Path:
    return cache.with_name(f"{cache.name}.failed")


def _get(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_PATIENCE) as answer:
            content: bytes = answer.read(_LARGEST)
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f"HTTP status {error.code}") from error
    except ValueError as error:
        raise OSError(str(error)) from error
    return content


def _builds(answer: bytes) -> Builds:
    try:
        info = etree.fromstring(answer, parser())
    except etree.XMLSyntaxError as error:
        raise ValueError("no valid XML in PBX info") from error
    system = info.find("sys")
    if system is None:
        raise ValueError("no <sys> tag in PBX info")
    return builds_of(system.get("version", ""))
