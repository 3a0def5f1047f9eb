"""Which snippet files a device gets, whether they are still being edited, and their signature."""

import hashlib
from collections.abc import Sequence, Sized
from functools import lru_cache

from updateserver.model.configuration import Config, Phase
from updateserver.rules.text import lower
from updateserver.rules.world import CustomScript, SnippetFile

_SERIAL, _END = "\0", "\1"  # in names: the serial number, and where one ends; neither XML nor a request may hold these
_SMALL = 1 << 16  # bytes of snippets whose signature is worth remembering


def possible_names(
    config: Config, phase: Phase, classes: Sequence[str], sn: str, environments: Sequence[str]
) -> list[str]:
    """Return the names of all files that would be snippets for a device, in the order of their delivery.

    A part `all` is possible only where more than one phase, class or environment is defined.
    """
    names = _names(
        config.times.dir,
        (*_wildcard(config.phases), phase.snippets),
        (*_wildcard(config.classes), *classes),
        (*_wildcard(config.environments), _SERIAL, *environments),
    )
    return names.replace(_SERIAL, lower(sn).replace("-", "_")).split(_END)


@lru_cache(maxsize=512)
def _names(folder: str, phases: tuple[str, ...], kinds: tuple[str, ...], places: tuple[str, ...]) -> str:
    """Return all names in one text: most devices of a site differ in their serial number only."""
    return _END.join(
        f"{folder}/{lower(phase)}-{lower(kind)}-{lower(place)}.txt"
        for phase in phases
        for kind in kinds
        for place in places
    )


def _wildcard(defined: Sized) -> tuple[str, ...]:
    return ("all",) if len(defined) > 1 else ()


def newest(snippets: Sequence[SnippetFile]) -> SnippetFile | None:
    """Return the snippet that was changed last; of several the first."""
    return max(snippets, key=lambda snippet: snippet.version, default=None)


def still_edited(snippet: SnippetFile, grace: int, now: int) -> bool:
    """Tell whether a snippet is younger than the grace time (seconds), or comes from the future."""
    return now - snippet.version < max(grace, 0)


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
