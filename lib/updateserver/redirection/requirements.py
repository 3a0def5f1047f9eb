"""Whether a device's firmware and boot code are new enough to be redirected, and the next step of the way where not.

Each call takes one step, so a chain of upgrades is gone by itself: after the reset the device calls with its new build.
"""

from collections.abc import Iterator
from typing import NamedTuple

from updateserver.redirection.asking import Asking
from updateserver.redirection.builds import is_older
from updateserver.redirection.registry import Project, RedirectionSettings, Upgrade

_NAMES = {"firmware": "firmware", "bootcode": "boot code"}
OLDEST_SOFTWARE = "101100"  # before it, software phones do not know redirection


class Requirement(NamedTuple):
    """A build that a device has not reached."""

    name: str  # firmware or boot code
    build: str  # that it runs
    wanted: str  # at least
    upgrade: Upgrade | None  # the next step, None where there is no way


def unmet(asking: Asking, project: Project, settings: RedirectionSettings) -> Requirement | None:
    """Return the first requirement that a device does not meet; a build that it does not tell is not judged."""
    for kind, wanted in _wanted(asking, project, settings):
        build = asking.build(kind)
        # A build that is not told is not judged: to hold a device back for ever for that would help nobody.
        if build and is_older(build, wanted):
            return Requirement(_NAMES[kind], build, wanted, _step(kind, asking, build, settings))
    return None


def _wanted(asking: Asking, project: Project, settings: RedirectionSettings) -> Iterator[tuple[str, str]]:
    # Software phones know the scheme from build 101100 on (the vendor's documentation).
    if asking.is_software:
        yield "firmware", OLDEST_SOFTWARE
    for kind, builds in (
        ("firmware", (settings.firmware, project.firmware)),
        ("bootcode", (settings.bootcode, project.bootcode)),
    ):
        yield from ((kind, build) for build in builds if build)


def _step(kind: str, asking: Asking, build: str, settings: RedirectionSettings) -> Upgrade | None:
    """Return the upgrade that brings the device furthest; some types, such as most programs, cannot load any."""
    if asking.type.lower() in settings.cannot_load.get(kind, ()):
        return None
    furthest: Upgrade | None = None
    for upgrade in settings.upgrades:
        if upgrade.serves(kind, asking.type, build) and (furthest is None or is_older(furthest.to, upgrade.to)):
            furthest = upgrade
    return furthest
