"""The difference of two configuration backups, by module and option.

A backup is a script: `config change MODULE /option value /flag`, `vars create NAME flags value`, and other lines. An
option's value is URL-encoded; it may hold further options, which are not taken apart.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import unquote

from updateserver.base.secrets import MASK, holds_secrets, is_secret_name, is_secret_variable
from updateserver.base.text import shown

_CONFIG = re.compile(r"config (?:change|add) (.+)", re.DOTALL)
_VARS = re.compile(r"vars create (\S+) (\S+)(?: (.*))?", re.DOTALL)
_MOD_CMD = re.compile(r"mod cmd (\S+) (.+)", re.DOTALL)
_LONGEST = 2000  # characters of a value


@dataclass(frozen=True, slots=True)
class OptionChange:
    """One row of the difference of two backups.

    `kind` is added, removed or changed. Values are decoded; "" where there is none. Where `is_secret` is set, a page
    shows them only when asked to.
    """

    module: str  # "PHONE SIG", "CMD0", "vars"
    option: str  # "/gk-addr", the name of a variable, or "" for a whole line
    kind: str
    old: str
    new: str
    is_secret: bool = False

    @property
    def masked(self) -> "OptionChange":
        """Return the same without its secrets."""
        if not self.is_secret:
            return self
        return OptionChange(self.module, self.option, self.kind, self.old and MASK, self.new and MASK, is_secret=True)


class _Place(NamedTuple):
    """Where a value stands: of equal options the number tells which; a whole line has its own text for a place."""

    module: str
    option: str
    number: int | str


class _Value(NamedTuple):
    text: str
    is_secret: bool


def difference(old: bytes, new: bytes) -> Iterator[OptionChange]:
    """Yield what differs between two backups, in the order of the new one; what was removed comes last."""
    before, after = _values(old), _values(new)
    for place, value in after.items():
        was = before.get(place)
        if was is None:
            yield _change(place, "added", None, value)
        elif was.text != value.text:
            yield _change(place, "changed", was, value)
    for place, value in before.items():
        if place not in after:
            yield _change(place, "removed", value, None)


def _change(place: _Place, kind: str, old: _Value | None, new: _Value | None) -> OptionChange:
    return OptionChange(
        module=shown(place.module),
        option=shown(place.option),
        kind=kind,
        old=shown(old.text, _LONGEST) if old else "",
        new=shown(new.text, _LONGEST) if new else "",
        is_secret=any(value.is_secret for value in (old, new) if value),
    )


def _values(backup: bytes) -> dict[_Place, _Value]:
    found: dict[_Place, _Value] = {}
    times: dict[tuple[str, str], int] = {}
    # It is only shown, so bytes that are no UTF-8 may become replacement characters.
    for line in backup.decode("utf-8", "replace").splitlines():
        for module, option, value in _parts(line.strip()):
            # Some options stand several times in one module, such as lists of addresses.
            number = times[module, option] = times.get((module, option), -1) + 1
            found[_Place(module, option, number if option else value.text)] = value
    return found


def _parts(line: str) -> Iterator[tuple[str, str, _Value]]:
    """Yield module, option and value of all that a line says; a whole line has no option."""
    if match := _CONFIG.fullmatch(line):
        yield from _options(match[1])
    elif match := _VARS.fullmatch(line):
        name, flags, value = match.groups("")
        # Flags belong to the value: `c` says that it is encrypted, which an admin wants to see changing.
        text = f"{flags} {unquote(value)}".strip()
        yield "vars", unquote(name), _Value(text, is_secret_variable(name, flags) or holds_secrets(text))
    elif match := _MOD_CMD.fullmatch(line):
        yield match[1], "", _value(unquote(match[2]))
    elif line:
        yield "", "", _value(unquote(line))


def _options(text: str) -> Iterator[tuple[str, str, _Value]]:
    """Yield the options of a line: the module's name ends where the first one begins; what has no value is a switch."""
    words = text.split(" ")
    starts = [place for place, word in enumerate(words) if word.startswith("/") and len(word) > 1]
    module = " ".join(words[: starts[0]] if starts else words)
    if not starts:
        yield module, "", _Value("", is_secret=False)
    for start, end in pairwise([*starts, len(words)]):
        option, value = words[start], unquote(" ".join(words[start + 1 : end])).strip()
        secret = is_secret_name(option) or holds_secrets(f"{option} {value}")
        yield module, option, _Value(value or "on", secret)


def _value(text: str) -> _Value:
    return _Value(text, holds_secrets(text))
