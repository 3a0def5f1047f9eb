"""The folders of an installation that hold its data.

The configuration of an installation, read when its files change.

Nothing is judged here; see `configuration/check.py`.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from updateserver.base.io import files
from updateserver.base.io.files import content_of, read, replace
from updateserver.configuration.check import CheckResult, configure
from updateserver.configuration.config import Config
from updateserver.configuration.source import Finding, Location, Node
from updateserver.configuration.xml_source import LARGEST, Unreadable, parsed, tolerated, written

_LOG = logging.getLogger(__name__)


def data_folders(config: Config) -> tuple[str, ...]:
    """Return the folders that the configuration names, relative to the root, and those that are always there."""
    # The part before the first placeholder, fw/{build}/: only that is one folder for all.
    firmware = config.fwstorage.url.split("{")[0]
    own_firmware = "://" not in config.fwstorage.url and firmware.endswith("/") and not firmware.startswith("/")
    named = (
        str(PurePosixPath(config.master.cache).parent) if config.master.cache else "",
        firmware if own_firmware else "fw",
        config.backup.dir,
        config.status.dir,
        config.customcerts.dir,
        config.times.dir,
        "web",
    )
    return tuple(dict.fromkeys(folder.rstrip("/") for folder in named if folder))


def make_missing_folders(root: Path, config: Config) -> None:
    """Make the data folders that are not there; what cannot be made is logged."""
    for folder in data_folders(config):
        try:
            (root / folder).mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as problem:
            what = files.trouble(problem) if isinstance(problem, OSError) else problem
            _LOG.error("cannot make the folder %s: %s", folder, what)


DEFAULTS = "config.xml"
OWN = "config/user-config.xml"
OWN_DEVELOPMENT = "config/user-config-dvl.xml"  # where it exists, in place of the other

_SETTLED = 2_000_000_000  # nanoseconds; a file may change twice within one tick of its time stamp

_MISSING = "the file does not exist"

Stamp = tuple[int, int, int] | None


class ConfigurationBroken(Exception):
    """No device can be served; `findings` holds all that was found, the reasons for this among them."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        self.fatal = tuple(finding for finding in findings if finding.fatal)
        super().__init__("; ".join(map(str, self.fatal)))

    @property
    def comment(self) -> str:
        """The one line that a device gets in place of its script."""
        return self.fatal[0].comment


@dataclass(frozen=True, slots=True)
class _Build:
    stamps: tuple[Stamp, ...]
    contents: tuple[bytes | str, ...]
    settled: bool
    outcome: CheckResult


class ConfigurationFiles:
    """The configuration of the installation in the folder `root`; it may be used by several threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._paths = tuple(str(root / name) for name in (DEFAULTS, OWN, OWN_DEVELOPMENT))
        self._build: _Build | None = None
        self._lock = threading.Lock()

    def current(self) -> Config:
        """Return the configuration as it is now. Raises `ConfigurationBroken`."""
        outcome = self._outcome()
        if outcome.config is None:
            raise ConfigurationBroken(outcome.findings)
        return outcome.config

    def _outcome(self) -> CheckResult:
        stamps = self._stamps()
        build = self._build
        if build is not None and build.settled and build.stamps == stamps:
            return build.outcome
        with self._lock:
            self._build = self._renewed(self._build)
            return self._build.outcome

    def _stamps(self) -> tuple[Stamp, ...]:
        defaults, own, own_development = self._paths
        there = os.access(own_development, os.F_OK)  # it rarely is, and to ask is faster than to fail
        return _stamp(defaults), _stamp(own), _stamp(own_development) if there else None

    def _renewed(self, old: _Build | None) -> _Build:
        """Read the files again; the outcome stays if they still say the same."""
        now = time.time_ns()
        stamps = self._stamps()  # taken before reading: what changes meanwhile is seen the next time
        if old is not None and old.settled and old.stamps == stamps:
            return old
        settled = all(stamp is None or now - stamp[0] > _SETTLED for stamp in stamps)
        contents = tuple(map(_content, self._paths))
        if any(isinstance(content, str) and content != _MISSING for content in contents):
            settled = False  # a file that could not be read may be readable the next time without having changed
        # Some editors write a file that did not change: what was built, and what hangs on it, stays.
        if old is not None and old.contents == contents:
            return _Build(stamps, contents, settled, old.outcome)
        defaults, own = _trees(contents)
        outcome = _configured(defaults, own)
        if outcome.config is not None:
            make_missing_folders(self._root, outcome.config)
        if outcome.config is not None and outcome.config.debugmerge and isinstance(defaults, Node):
            _show_merging(self._root / "debug", before=defaults, after=outcome.merged)
        return _Build(stamps, contents, settled, outcome)


def look_at(root: Path) -> tuple[CheckResult, tuple[Finding, ...]]:
    """Return what the files say now, and which names in the site's own file nobody defined. Nothing is written."""
    contents = tuple(_content(str(root / name)) for name in (DEFAULTS, OWN, OWN_DEVELOPMENT))
    outcome = _configured(*_trees(contents))
    return outcome, tuple(_undefined(contents)) if outcome.merged.children else ()  # else it could not be read


def _undefined(contents: tuple[bytes | str, ...]) -> Iterator[Finding]:
    """Yield which names of the site's own file nobody defined."""
    _, own, own_development = contents
    name, content = (OWN, own) if own_development == _MISSING else (OWN_DEVELOPMENT, own_development)
    if isinstance(content, bytes):
        yield from tolerated(content, name)


def _configured(defaults: Node | Finding, own: Node | Finding) -> CheckResult:
    broken = tuple(tree for tree in (defaults, own) if isinstance(tree, Finding))
    if isinstance(defaults, Finding) or isinstance(own, Finding):
        return CheckResult(None, Node("config"), Node("config"), broken)
    return configure(defaults, own)


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116 -- each request comes here; a Path costs three times as much
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _content(path: str) -> bytes | str:
    """Return what a file holds, or why it cannot be read."""
    try:
        if os.stat(path).st_size > LARGEST:  # noqa: PTH116 -- as in _stamp
            return f"it has more than {LARGEST} bytes, which no configuration needs"
        return content_of(path)
    except FileNotFoundError:
        return _MISSING
    except OSError as problem:
        return problem.strerror or str(problem)


def _trees(contents: tuple[bytes | str, ...]) -> tuple[Node | Finding, Node | Finding]:
    defaults, own, own_development = contents
    if own_development != _MISSING:
        return _tree(defaults, DEFAULTS), _tree(own_development, OWN_DEVELOPMENT)
    return _tree(defaults, DEFAULTS), _tree(own, OWN)


def _tree(content: bytes | str, name: str) -> Node | Finding:
    if isinstance(content, str):
        hint = " (config/sample.user-config.xml is one to begin with)" if name == OWN else ""
        return Finding("error", content + hint, Location(name, 0), fatal=True)
    try:
        return parsed(content, name)
    except Unreadable as problem:
        return problem.finding


def _show_merging(folder: Path, before: Node, after: Node) -> None:
    """Write the configuration before and after merging, for admins who look for a mistake."""
    try:
        folder.mkdir(exist_ok=True)
        for name, tree in (("before.xml", before), ("after.xml", after)):
            file, document = folder / name, written(tree)
            if read(file) != document:
                replace(file, document)
    except OSError as problem:
        _LOG.warning("debugmerge: %s", problem)
