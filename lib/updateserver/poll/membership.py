"""Which classes, phase and environments a device belongs to."""

from collections.abc import Sequence

from updateserver.base.text import lower
from updateserver.configuration.config import FIRST_PASS, Applies, Config, Phase

# What a device's log begins with that names no phase or environment of ours; its page goes by it.
INVALID_PHASE, INVALID_ENVIRONMENT = "invalid phase", "invalid environment"


def classes_of(config: Config, device_type: str) -> tuple[str, ...]:
    """Return the classes that list a device type, in their configured order, and the type itself as a class."""
    # The type is a class of its own, so update-ip232-all.txt needs no <class> (reference).
    own = lower(device_type)
    return tuple(dict.fromkeys((*(one.id for one in config.classes if own in one.models), own)))


def phase_of(config: Config, wanted: str | None) -> Phase | None:
    """Return the phase that a device says it is in; the first if it says nothing, None if there is no such phase.

    A device may still be in the hidden first pass of the last phase when that is switched off: it goes on in the last.
    """
    # "0" because PHP takes it for empty.
    if wanted in (None, "", "0"):
        return config.phases[0]
    last = config.phases[-1]
    hidden = last if wanted == FIRST_PASS + last.id else None
    return next((phase for phase in config.phases if phase.id == wanted), hidden)


def next_phase(config: Config, phase: Phase) -> Phase | None:
    """Return the phase that follows, None for the last one."""
    place = config.phases.index(phase) + 1
    return config.phases[place] if place < len(config.phases) else None


def environments_of(config: Config, wanted: str | None) -> tuple[tuple[str, ...], str | None]:
    """Return the environments that a device is in, and the first one that is not defined.

    Each named environment is followed by all that it implies, to the end; each counts once, at its first place.
    """
    # Items are taken as they are: to the reference `env=a, b` names " b", which is not defined.
    names = [next(iter(config.environments))] if wanted is None else wanted.split(",")
    found: dict[str, None] = {}
    for name in names:
        if name not in config.environments:
            return (), name
        waiting = [name]
        while waiting:
            if (one := waiting.pop()) not in found:
                found[one] = None
                waiting += reversed(config.environments[one].implies)
    return tuple(found), None


def applies_to(condition: Applies, classes: Sequence[str], environments: Sequence[str]) -> bool:
    """Tell whether a device meets one `<applies>`."""
    return condition.name == "*" or condition.name in (environments if condition.env else classes)
