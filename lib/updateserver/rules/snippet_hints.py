"""Plain-language hints for lines of a snippet that are risky (Howto: PHP based Update Server V2, Hints)."""

import re
from collections.abc import Iterator

from updateserver.model.configuration import Times
from updateserver.model.snippet_use import Hint
from updateserver.rules.secrets import holds_secrets, without_secrets
from updateserver.rules.shown_text import shown
from updateserver.rules.snippet_text import text_faults

_MOST = 100  # hints of one file
_URL = re.compile(r"config (?:add|change|rem|del) UP1\b.*\s/url\b", re.IGNORECASE)
_CHANGE = re.compile(r"config change UP1\b", re.IGNORECASE)
_COMMAND = re.compile(r"mod cmd UP1\b", re.IGNORECASE)
_VARIABLE = re.compile(r"vars create (?!\s*$)", re.IGNORECASE)
_RESET = re.compile(r"i?reset[a-z]*(?: .*)?|mod cmd \S+ (?:.*[/ ])?i?reset[a-z]*(?: .*)?|erase\b.*", re.IGNORECASE)

_ADVICE = {
    "url": "This changes the address that the device gets its scripts from. It is lost to this server if that is "
    "wrong, and the server itself changes this address where it must.",
    "up1": "'config change' replaces all settings of the update client, its address included. 'config add' and "
    "'config rem' change one of them.",
    "command": "The server itself steers the update client by 'mod cmd UP1': times, polling and the CHECK serial. "
    "A command here may undo that.",
    "variable": "'vars create' always makes a reset necessary. While times/@check is off, scripts are run again at "
    "each poll: the device restarts each time.",
    "reset": "The server ends each script with a reset where one is needed. A reset in a snippet keeps what follows "
    "from being run, and may repeat at each poll.",
    "password": "This delivers a password to whoever asks with the right serial number, as times/@forcetrust is not on "
    "(with times/@forcehttps). Turn it on, or leave the password out.",
}


def hints(content: bytes, times: Times) -> Iterator[Hint]:
    """Yield hints for what an editor left in a snippet, and for each risk in each line; comments are none."""
    for fault in text_faults(content):
        yield Hint(max(fault.line, 1), "", "text", fault.advice)
    count = 0
    for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
        text = " ".join(line.split())
        if not text or text.startswith("#"):
            continue
        for kind in _kinds(text, times):
            yield Hint(number, shown(without_secrets(text)), kind, _ADVICE[kind])
            count += 1
        if count >= _MOST:
            return


def _kinds(line: str, times: Times) -> Iterator[str]:
    if _CHANGE.match(line):
        yield "up1"
    if _URL.match(line):
        yield "url"
    if _COMMAND.match(line):
        yield "command"
    if _VARIABLE.match(line) and not times.check:
        yield "variable"
    if _RESET.fullmatch(line):
        yield "reset"
    if not times.trust_needed and holds_secrets(line):
        yield "password"
