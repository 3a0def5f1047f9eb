"""Which snippet files reach which devices, and what does not fit together."""

import contextlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from updateserver.base.io.files import beginning_of, content_of, read
from updateserver.base.message import Message
from updateserver.base.text import lower
from updateserver.configuration.config import Config
from updateserver.fleet.io.index import DeviceGroup, FleetIndex, groups_of
from updateserver.fleet.io.missing_firmware import missing_firmware
from updateserver.fleet.snippet_hints import SnippetOverview, SnippetUse, Stranded, hints
from updateserver.poll.facts import SnippetFile
from updateserver.poll.io.installation import Installation
from updateserver.poll.membership import classes_of, phase_of
from updateserver.poll.snippets import SnippetNames, possible, snippet_names, still_edited

__all__ = ["missing_firmware", "overview", "snippet_content"]

_EXAMPLES = 5
_MOST = 100  # devices without any snippet that are named
_ANY = "*"  # stands for a serial number, which is never this


@dataclass
class _Reached:
    """The devices that files reach, while they are being counted."""

    files: dict[str, list[str]]
    without_any: list[str] = field(default_factory=list)
    stranded: dict[tuple[str, str], list[str]] = field(default_factory=dict)


def overview(
    installation: Installation, index: FleetIndex, config: Config, *, offset: int = 0, limit: int | None = None
) -> SnippetOverview:
    """Return snippet files with the devices that they reach: all, or a part of them; no others are read."""
    now = int(time.time())
    found = _files(installation, config)
    groups = groups_of(index, config)
    reached = _reached(config, found, groups)
    usage = _Usage(installation, config, snippet_names(config, {lower(group.type) for group in groups}), now)
    return SnippetOverview(
        files=tuple(usage.use(found[name], reached.files[name]) for name in [*found][offset:][:limit]),
        count=len(found),
        without_any=tuple(sorted(reached.without_any)[:_MOST]),
        without_any_count=len(reached.without_any),
        stranded=tuple(
            Stranded(kind, name, len(serials), tuple(sorted(serials)[:_EXAMPLES]))
            for (kind, name), serials in sorted(reached.stranded.items())
        ),
        grace=config.times.grace,
        now=now,
        pending=index.page(config, limit=0).pending,
    )


def snippet_content(installation: Installation, config: Config, filename: str) -> bytes | None:
    """Return a snippet file's content; `filename` as configured: scripts/update-all-all.txt."""
    return read(installation.root / filename) if filename in _files(installation, config) else None


def first_texts(
    installation: Installation, config: Config, count: int, longest: int
) -> tuple[list[tuple[str, str]], int]:
    """Return names and texts of the first snippet files, no more than `longest` bytes of each, and how many there are.

    Those that cannot be read are left out.
    """
    found, texts = _files(installation, config), list[tuple[str, str]]()
    for name in islice(found, count):
        with contextlib.suppress(OSError):
            texts.append((name, beginning_of(installation.root / name, longest).decode("utf-8", "replace")))
    return texts, len(found)


def _files(installation: Installation, config: Config) -> dict[str, "os.DirEntry[str]"]:
    """Return the files that could be snippets, by name."""
    try:
        with os.scandir(installation.root / config.times.dir) as entries:
            found = [entry for entry in entries if entry.name.endswith(".txt") and _is_there(entry)]
    except OSError:
        return {}
    return {f"{config.times.dir}/{entry.name}": entry for entry in sorted(found, key=lambda entry: entry.name)}


def _is_there(entry: "os.DirEntry[str]") -> bool:
    """Tell whether an entry is a snippet for devices: a folder, and a link that leads nowhere, are none."""
    try:
        return not stat.S_ISDIR(entry.stat().st_mode)
    except FileNotFoundError:
        return False
    except OSError:  # a loop of links: it cannot be read
        return True


def _reached(config: Config, files: Mapping[str, object], groups: Mapping[DeviceGroup, list[str]]) -> _Reached:
    reached = _Reached({name: [] for name in files})
    own_places = {name.rpartition("-")[2].removesuffix(".txt") for name in files}
    for group, serials in groups.items():
        if lost := list(_undefined(config, group)):
            for kind in lost:
                reached.stranded.setdefault(kind, []).extend(serials)
            continue
        names = _names(config, group)
        common = [name for name in names if name in files]
        for name in common:
            reached.files[name] += serials
        own = [name for name in names if name.endswith(f"-{_ANY}.txt")]
        for sn in serials:
            place = lower(sn).replace("-", "_")
            mine = [name.replace(_ANY, place) for name in own] if place in own_places else []
            theirs = [name for name in mine if name in files]
            for name in theirs:
                reached.files[name].append(sn)
            if not common and not theirs:
                reached.without_any.append(sn)
    return reached


def _names(config: Config, group: DeviceGroup) -> list[str]:
    phase = phase_of(config, group.phase)
    environments = group.environments or tuple(islice(config.environments, 1))
    return possible(config, phase, classes_of(config, group.type), _ANY, environments).names if phase else []


def _undefined(config: Config, group: DeviceGroup) -> Iterator[tuple[str, str]]:
    if phase_of(config, group.phase) is None:
        yield "phase", group.phase
    for name in group.environments:
        if name not in config.environments:
            yield "environment", name


@dataclass(frozen=True, slots=True)
class _Usage:
    """What is told of each file: the same of all that is asked at one time."""

    installation: Installation
    config: Config
    names: SnippetNames
    now: int

    def use(self, entry: "os.DirEntry[str]", serials: list[str]) -> SnippetUse:
        times, trouble, file = self.config.times, "", SnippetFile(entry.name, 0, b"", b"", 0)
        try:
            status = entry.stat()
            content = content_of(self.installation.root / times.dir / entry.name)
            file = SnippetFile(entry.name, int(status.st_mtime), content, b"", int(status.st_ctime))
        except OSError as error:
            trouble = Message(error.strerror or str(error))
        return SnippetUse(
            filename=f"{times.dir}/{entry.name}",
            changed=file.version,
            size=len(file.content),
            devices=len(serials),
            examples=tuple(sorted(serials)[:_EXAMPLES]),
            is_held_back=still_edited(file, times.grace, self.now),
            is_possible=self.names.includes(entry.name),
            hints=tuple(hints(file.content, times)),
            trouble=trouble,
        )
