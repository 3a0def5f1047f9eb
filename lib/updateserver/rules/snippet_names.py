"""Whether the name of a snippet file is one that any device could get (`rules/snippets.py`), and if not, why."""

import re
from collections.abc import Collection, Mapping, Sized
from dataclasses import dataclass
from typing import NamedTuple

from updateserver.model.configuration import Config
from updateserver.rules.similar import most_similar
from updateserver.rules.text import lower

_SERIAL = re.compile(r"[0-9a-f]{2}(?:_[0-9a-f]{2}){5}", re.ASCII)
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

    def hold(self, name: str) -> bool:
        """Tell whether any device could get a file of this name."""
        parts = name.removesuffix(_ENDING).split("-")
        if len(parts) != 3 or not name.endswith(_ENDING):  # noqa: PLR2004 - phase, class, environment
            return False
        phase, kind, place = parts
        return phase in self.phases and kind in self.kinds and (place in self.places or bool(_SERIAL.fullmatch(place)))

    def fault(self, name: str) -> Fault:
        """Return why no device gets a file of this name."""
        text, values = self._reason(name)
        meant = self._meant(lower(name).partition(_ENDING)[0])
        return Fault(text, values, meant if meant != name else "")

    def _reason(self, name: str) -> tuple[str, Mapping[str, str]]:
        if not name.endswith(_ENDING):
            return "no device gets it: only files that end in .txt are delivered", {}
        if self.hold(lower(name)):
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
        found.append(place if _SERIAL.fullmatch(place) else _nearest(place, self.places))
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
