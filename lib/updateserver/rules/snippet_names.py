"""Whether the name of a snippet file is one that any device could get (`rules/snippets.py`)."""

import re
from collections.abc import Collection

from updateserver.model.configuration import Config
from updateserver.rules.text import lower

_SERIAL = re.compile(r"[0-9a-f]{2}(?:_[0-9a-f]{2}){5}", re.ASCII)


def is_possible(config: Config, name: str, types: Collection[str]) -> bool:
    """Tell whether the three parts of a file's name are known; `types` are those of all devices, in lower case."""
    parts = name.removesuffix(".txt").split("-")
    if len(parts) != 3 or name != lower(name):  # noqa: PLR2004 - phase, class, environment
        return False
    phase, kind, place = parts
    models = {model for one in config.classes for model in one.models}
    return (
        phase in {*(lower(one.snippets) for one in config.phases), *_all(config.phases)}
        and kind in {*(lower(one.id) for one in config.classes), *_all(config.classes), *models, *types}
        and (
            place in {*map(lower, config.environments), *_all(config.environments)}
            or _SERIAL.fullmatch(place) is not None
        )
    )


def _all(defined: Collection[object]) -> tuple[str, ...]:
    return ("all",) if len(defined) > 1 else ()
