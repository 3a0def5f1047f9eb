"""Which of two builds is older.

A build is two digits of the release and then its own number, in which letters stand behind digits: 090000, 101100,
130986, 13A127. Old ones lack the leading zero.
"""

import re

_BUILD = re.compile(r"\d[0-9A-Za-z]{3,9}", re.ASCII)
_SHORTEST = 6
_LONGEST = 12


def is_build(text: str) -> bool:
    """Tell whether a text is a build."""
    return _BUILD.fullmatch(text) is not None


def is_older(build: str, than: str) -> bool:
    """Tell whether a build is older than another one."""
    return _key(build) < _key(than)


def _key(build: str) -> tuple[str, str]:
    # 90000 is release 09. Letters stand behind digits in ASCII, so text compares as builds do.
    whole = build.upper().rjust(_SHORTEST, "0")
    return whole[:2], whole[2:].rjust(_LONGEST, "0")
