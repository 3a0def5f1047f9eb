"""Which snippet files a device gets, whether they are still being edited, and their signature.

Whether the name of a snippet file is one that any device could get (`poll/snippets.py`), and if not, why.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from updateserver.base.similar import most_similar
from updateserver.base.text import lower
from updateserver.base.times import believed
from updateserver.configuration.config import Config, Phase
from updateserver.poll.facts import CustomScript, SnippetFile

_SERIAL = "\0"  # stands for a serial number: neither XML nor a request may hold it
_USUAL = 200  # names of one device: longer lists are not remembered
_FUTURE = 60  # seconds
_SMALL = 1 << 16  # bytes of snippets whose signature is worth remembering


class PossibleSnippets(NamedTuple):
    """Names of files, and for each the comment where there is none."""

    names: list[str]
    missing: list[str]


def possible(
    config: Config, phase: Phase, classes: Sequence[str], sn: str, environments: Sequence[str]
) -> PossibleSnippets:
    """Return all files that would be snippets for a device, in the order of their delivery.

    A part `all` is possible only where more than one phase, class or environment is defined. A file is named once, at
    its first place: a class may be named like a type, or an environment like a serial number. A type with a slash
    names no files.
    """
    # `all` first in each part: later snippets overwrite, so the more special one must come last (the reference's
    # order).
    phases = (*_wildcard(config.phases), phase.snippets)
    kinds = (*_wildcard(config.classes), *(one for one in classes if "/" not in one))
    places = (*_wildcard(config.environments), _SERIAL, *environments)
    is_usual = len(phases) * len(kinds) * len(places) <= _USUAL
    found, own_places = (_possible if is_usual else _possible.__wrapped__)(config.times.dir, phases, kinds, places)
    names, missing = found.names.copy(), found.missing.copy()
    # The dash parts the three parts of a name, so serial numbers are written with underscores.
    own = lower(sn).replace("-", "_")
    for place in own_places:
        names[place] = names[place].replace(_SERIAL, own)
        missing[place] = missing[place].replace(_SERIAL, own)
    if own == "all" or any(own == lower(environment) for environment in environments):
        return PossibleSnippets(list(dict.fromkeys(names)), list(dict.fromkeys(missing)))
    return PossibleSnippets(names, missing)


@lru_cache(maxsize=256)
def _possible(
    folder: str, phases: tuple[str, ...], kinds: tuple[str, ...], places: tuple[str, ...]
) -> tuple[PossibleSnippets, tuple[int, ...]]:
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
    return PossibleSnippets(names, [f"# {name} does not exist" for name in names]), own_places


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
    # The reference holds back a snippet of the future even with a grace of 0, until then. A minute is enough against
    # clocks that differ, and a wrong clock stops nobody for longer.
    least = _FUTURE if snippet.version > now else 0
    return now - edited(snippet, now) < max(grace, least)


def signature(script: CustomScript, snippets: Sequence[SnippetFile]) -> str:
    """Return what `CHECK` is compared with: the MD5 of all lines (docs/behaviour.md: A poll, 18).

    It equals the reference system's, so that no device of a migrated site runs its scripts again.
    """
    # The site's own lines are not stripped, snippets are, and comments count: exactly as the reference signs.
    before, after = ("".join(lines).encode("utf-8", "surrogateescape") for lines in (script.pre, script.post))
    parts = (before, *(snippet.signed for snippet in snippets), after)
    return _md5(parts) if sum(map(len, parts)) < _SMALL else _md5.__wrapped__(parts)


@lru_cache(maxsize=64)
def _md5(parts: tuple[bytes, ...]) -> str:
    # MD5 is what devices of a migrated site hold in CHECK. It only tells a change; nobody is kept out by it.
    found = hashlib.md5(usedforsecurity=False)
    for part in parts:
        found.update(part)
    return found.hexdigest()


_SERIAL_IN_NAME = re.compile(r"[0-9a-f]{2}(?:_[0-9a-f]{2}){5}", re.ASCII)
_OTHER_SERIAL = re.compile(r"(.*)-([0-9a-f]{2})" + r"[-_:]?([0-9a-f]{2})" * 5, re.ASCII)
_GAPS = re.compile(r"[-_\s]+")
_ENDING = ".txt"


class Fault(NamedTuple):
    """Why no device gets a file: a finding's text and its values, and the name that was probably meant."""

    text: str
    values: Mapping[str, str]
    meant: str = ""


@dataclass(frozen=True, slots=True)
class SnippetNames:
    """What the parts of a snippet's name, `phase-class-environment.txt`, may be; made once for many names."""

    phases: frozenset[str]
    kinds: frozenset[str]
    places: frozenset[str]

    def includes(self, name: str) -> bool:
        """Tell whether any device could get a file of this name."""
        parts = name.removesuffix(_ENDING).split("-")
        if len(parts) != 3 or not name.endswith(_ENDING):  # noqa: PLR2004 - phase, class, environment
            return False
        phase, kind, place = parts
        return (
            phase in self.phases
            and kind in self.kinds
            and (place in self.places or bool(_SERIAL_IN_NAME.fullmatch(place)))
        )

    def fault(self, name: str) -> Fault:
        """Return why no device gets a file of this name."""
        text, values = self._reason(name)
        meant = self._meant(lower(name).partition(_ENDING)[0])
        return Fault(text, values, meant if meant != name else "")

    def _reason(self, name: str) -> tuple[str, Mapping[str, str]]:
        if not name.endswith(_ENDING):
            return "no device gets it: only files that end in .txt are delivered", {}
        if self.includes(lower(name)):
            return "no device gets it: write its name in lower case", {}
        parts = lower(name).removesuffix(_ENDING).split("-")
        if len(parts) != 3:  # noqa: PLR2004
            return "no device gets it: a name has three parts with dashes between them, phase-class-environment.txt", {}
        return self._unknown_part(*parts)

    def _unknown_part(self, phase: str, kind: str, place: str) -> tuple[str, Mapping[str, str]]:
        for part, known, title in ((phase, self.phases, "phase"), (kind, self.kinds, "class")):
            if part == "all" and part not in known:
                return _ALONE[title], {}
        if phase not in self.phases:
            return "no device gets it: there is no phase {part}", {"part": repr(phase)}
        if kind not in self.kinds:
            return "no device gets it: {part} is neither a class nor the type of a known device", {"part": repr(kind)}
        if place == "all":
            return _ALONE["environment"], {}
        return (
            "no device gets it: {part} is neither an environment nor a serial number, such as 00_90_33_30_00_af",
            {"part": repr(place)},
        )

    def _meant(self, stem: str) -> str:
        """Return the possible name that is most similar, "" where none is."""
        if serial := _OTHER_SERIAL.fullmatch(stem):
            stem = f"{serial[1]}-{'_'.join(serial.groups()[1:])}"
        parts = stem.split("-")
        if len(parts) != 3:  # noqa: PLR2004
            parts = _GAPS.split(stem)
        if len(parts) != 3:  # noqa: PLR2004
            return ""
        phase, kind, place = parts
        found = [_nearest(phase, self.phases), _nearest(kind, self.kinds)]
        found.append(place if _SERIAL_IN_NAME.fullmatch(place) else _nearest(place, self.places))
        return "-".join(found) + _ENDING if all(found) else ""


_ALONE = {
    "phase": "no device gets it: there is only one phase, so write its name instead of all",
    "class": "no device gets it: there is only one class, so write its name instead of all",
    "environment": "no device gets it: there is only one environment, so write its name instead of all",
}


def snippet_names(config: Config, types: Collection[str]) -> SnippetNames:
    """Return the names that snippets may have; `types` are those of all devices, in lower case."""
    models = {model for one in config.classes for model in one.models}
    return SnippetNames(
        frozenset({*(lower(one.snippets) for one in config.phases), *_all(config.phases)}),
        frozenset({*(lower(one.id) for one in config.classes), *_all(config.classes), *models, *types}),
        frozenset({*map(lower, config.environments), *_all(config.environments)}),
    )


def _nearest(part: str, known: frozenset[str]) -> str:
    if part in known:
        return part
    if part == "all" and len(known) == 1:
        return next(iter(known))
    return most_similar(part.strip(), sorted(known))


def _all(defined: Sized) -> tuple[str, ...]:
    return ("all",) if len(defined) > 1 else ()
