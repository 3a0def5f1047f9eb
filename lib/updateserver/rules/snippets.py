"""Which snippet files a device gets, whether they are still being edited, and their signature."""

import hashlib
from collections.abc import Sequence, Sized
from functools import lru_cache
from typing import NamedTuple

from updateserver.model.configuration import Config, Phase
from updateserver.rules.moments import believed
from updateserver.rules.text import lower
from updateserver.rules.world import CustomScript, SnippetFile

_SERIAL = "\0"  # stands for a serial number: neither XML nor a request may hold it
_USUAL = 200  # names of one device: longer lists are not remembered
_FUTURE = 60  # seconds
_SMALL = 1 << 16  # bytes of snippets whose signature is worth remembering


class Possible(NamedTuple):
    """Names of files, and for each the comment where there is none."""

    names: list[str]
    missing: list[str]


def possible(config: Config, phase: Phase, classes: Sequence[str], sn: str, environments: Sequence[str]) -> Possible:
    """Return all files that would be snippets for a device, in the order of their delivery.

    A part `all` is possible only where more than one phase, class or environment is defined. A file is named once, at
    its first place: a class may be named like a type, or an environment like a serial number. A type with a slash
    names no files.
    """
    phases = (*_wildcard(config.phases), phase.snippets)
    kinds = (*_wildcard(config.classes), *(one for one in classes if "/" not in one))
    places = (*_wildcard(config.environments), _SERIAL, *environments)
    is_usual = len(phases) * len(kinds) * len(places) <= _USUAL
    found, own_places = (_possible if is_usual else _possible.__wrapped__)(config.times.dir, phases, kinds, places)
    names, missing = found.names.copy(), found.missing.copy()
    own = lower(sn).replace("-", "_")
    for place in own_places:
        names[place] = names[place].replace(_SERIAL, own)
        missing[place] = missing[place].replace(_SERIAL, own)
    if own == "all" or any(own == lower(environment) for environment in environments):
        return Possible(list(dict.fromkeys(names)), list(dict.fromkeys(missing)))
    return Possible(names, missing)


@lru_cache(maxsize=256)
def _possible(
    folder: str, phases: tuple[str, ...], kinds: tuple[str, ...], places: tuple[str, ...]
) -> tuple[Possible, tuple[int, ...]]:
    """Return the same for any device, and where its serial number is to stand: most devices of a site share this."""
    names = list(
        dict.fromkeys(
            f"{folder}/{lower(phase)}-{lower(kind)}-{lower(place)}.txt"
            for phase in phases
            for kind in kinds
            for place in places
        )
    )
    own_places = tuple(place for place, name in enumerate(names) if _SERIAL in name)
    return Possible(names, [f"# {name} does not exist" for name in names]), own_places


def _wildcard(defined: Sized) -> tuple[str, ...]:
    return ("all",) if len(defined) > 1 else ()


def edited(snippet: SnippetFile, now: int) -> int:
    """Return when a snippet was changed last, 0 if that is not known.

    One that is dated in the future was so dated at some time, which counts. Where that is still to come, the clock was
    set back since, and nobody is editing the file now; but it may have been edited since this call began.
    """
    return believed(min(snippet.version, snippet.touched), now)


def newest(snippets: Sequence[SnippetFile], now: int) -> SnippetFile | None:
    """Return the snippet that was changed last; of several the first."""
    return max(snippets, key=lambda snippet: edited(snippet, now), default=None)


def still_edited(snippet: SnippetFile, grace: int, now: int) -> bool:
    """Tell whether a snippet is younger than the grace time (seconds); one that is dated in the future for a minute."""
    least = _FUTURE if snippet.version > now else 0
    return now - edited(snippet, now) < max(grace, least)


def signature(custom: CustomScript, snippets: Sequence[SnippetFile]) -> str:
    """Return what `CHECK` is compared with: the MD5 of all lines (docs/behaviour.md: A poll, 18).

    It equals the reference system's, so that no device of a migrated site runs its scripts again.
    """
    before, after = ("".join(lines).encode("utf-8", "surrogateescape") for lines in (custom.pre, custom.post))
    parts = (before, *(snippet.signed for snippet in snippets), after)
    return _md5(parts) if sum(map(len, parts)) < _SMALL else _md5.__wrapped__(parts)


@lru_cache(maxsize=64)
def _md5(parts: tuple[bytes, ...]) -> str:
    found = hashlib.md5(usedforsecurity=False)
    for part in parts:
        found.update(part)
    return found.hexdigest()
