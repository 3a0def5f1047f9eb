"""The builds in a device's version text."""

import re

from updateserver.rules.text import is_numeric
from updateserver.rules.world import Builds

_BRACKETS = re.compile(r"\[([^\]]*)\]")
_BUILD = re.compile(r"[0-9A-Za-z._-]{0,32}", re.ASCII)
_AS_DEVICES_TELL_IT = re.compile("[1-9][0-9]*")
_LAST = 3  # firmware, boot code, hardware


def builds_of(version: str) -> Builds:
    """Return the builds in text such as `13r1 dvl IP811[13.A127], Bootcode[113454], Hardware[300]`.

    The last three brackets count; dots are no part of a firmware build. Raises ValueError for other text.
    """
    brackets = _BRACKETS.findall(version)[-_LAST:]
    if len(brackets) < _LAST:
        raise ValueError(f"cannot find firmware, boot code and hardware in version '{version}' of PBX info")
    builds = Builds(firmware=brackets[0].replace(".", ""), bootcode=brackets[1])
    if not (_BUILD.fullmatch(builds.firmware) and _BUILD.fullmatch(builds.bootcode)):
        raise ValueError(f"firmware or boot code in version '{version}' of PBX info is no build")
    return builds


def is_odd(build: str) -> bool:
    """Tell whether a build is a number, but not written as devices tell theirs: ` 4711`, `+5`, `13.1`, `04711`."""
    return is_numeric(build) and not _AS_DEVICES_TELL_IT.fullmatch(build)
