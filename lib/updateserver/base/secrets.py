"""Which values nobody should read over a shoulder: in backups, snippets, scripts and the configuration.

Whatever is shown on a page and may hold a password goes through `without_secrets`, so that all of them hide the same.
"""

import re
from collections.abc import Iterable

MASK = "\N{BULLET}" * 8

_NAME = (
    r"(?:pass|pwd|secret|psk|private|token|credential|auth-info|wpa|pin(?![a-z])|(?<![a-z])key(?![a-z])"
    r"|(?<![a-z])pw(?![a-z]))"
)
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_OPTION = re.compile(rf"((?:^|[\s/])/[^\s/]*{_NAME}[^\s/]* )(\S+)", re.IGNORECASE)
_XML = re.compile(rf"""(\b[\w-]*{_NAME}[\w-]*=)("[^"]*"|'[^']*'|[^\s&)]+)""", re.IGNORECASE)
_LOGIN = re.compile(r"(/user [^\s,]*,)(\S+)", re.IGNORECASE)
_LOGIN_IN_URL = re.compile(r"(//[^/\s:@]*:)([^/\s]+)(?=@)")
_VARIABLE = re.compile(r"(vars create )(\S+) (\S+) (.+)", re.IGNORECASE | re.DOTALL)


def is_secret_name(name: str) -> bool:
    """Tell whether an option or a variable of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None


def is_secret_variable(name: str, flags: str) -> bool:
    """Tell whether a variable holds a secret: flag c has the device keep it encrypted."""
    return "c" in flags.lower() or is_secret_name(name)


def without_secrets(text: str) -> str:
    """Return a line or a value with its secrets hidden, where they can be told from the rest."""
    if (match := _VARIABLE.fullmatch(text)) and is_secret_variable(match[2], match[3]):
        return f"{match[1]}{match[2]} {match[3]} {MASK}"
    for pattern in (_OPTION, _XML, _LOGIN, _LOGIN_IN_URL):
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def lines_without_secrets(lines: Iterable[str]) -> list[str]:
    """Return lines of a snippet or a script with their secrets hidden."""
    return [without_secrets(line) for line in lines]


def holds_secrets(text: str) -> bool:
    """Tell whether there is a secret in a line or a value."""
    return without_secrets(text) != text
