"""A known device's poll, with all that decides what it gets."""

from typing import NamedTuple

from updateserver.model.call import Call
from updateserver.model.configuration import Applies, Config, Phase
from updateserver.model.request import Poll
from updateserver.rules.belonging import applies_to
from updateserver.rules.world import World


class Visit(NamedTuple):
    """One poll of one device, whose place among phases, classes and environments is known."""

    config: Config
    call: Call
    poll: Poll
    world: World
    phase: Phase
    following: Phase | None  # the next phase; None in the last one
    classes: tuple[str, ...]
    environments: tuple[str, ...]

    def meets(self, condition: Applies) -> bool:
        """Tell whether the device meets one `<applies>`."""
        return applies_to(condition, self.classes, self.environments)
