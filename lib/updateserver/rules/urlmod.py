r"""`times/@httpsurlmod`: how the HTTP URL of a device becomes its HTTPS URL.

Its form is `!pattern!replacement!flags` with any delimiter; pattern and flags as in PCRE, `$1`, `${1}` and `\1` in the
replacement. It works on bytes, as the reference system does: here on text of which each character is one byte.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import regex

from updateserver.rules.text import latin1

# u, D and S mean something to PCRE, but change nothing here: URLs hold no line breaks
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL, "x": regex.VERBOSE, "u": 0, "D": 0, "S": 0}
_REFERENCE = re.compile(r"\\([\\$])|\\(\d{1,2})|\$(\d{1,2})|\$\{(\d{1,2})\}", re.ASCII)
_QUOTED = re.compile(r"\\Q(.*?)(?:\\E|$)")
_SECONDS = 0.5  # for one URL: a pattern that takes longer runs wild


@dataclass(frozen=True, slots=True)
class UrlMod:
    """A parsed `httpsurlmod`."""

    pattern: "regex.Pattern[str]"
    replacement: str

    def apply(self, url: str) -> str:
        """Return the URL with each match replaced; unmodified if the pattern takes too long for it."""
        try:
            changed = self.pattern.sub(self._filled, _bytewise(url), timeout=_SECONDS)
        except TimeoutError:
            return url
        return changed.encode("latin-1").decode("utf-8", "surrogateescape")

    def _filled(self, match: "regex.Match[str]") -> str:
        def group(reference: re.Match[str]) -> str:
            if reference[1]:
                return reference[1]
            number = int(reference[2] or reference[3] or reference[4])
            return (match[number] or "") if number <= self.pattern.groups else ""

        return _REFERENCE.sub(group, self.replacement)


def _bytewise(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


@lru_cache(maxsize=8)
def parse(text: str) -> UrlMod:
    """Return the parsed modifier; ValueError says what is wrong with it."""
    delimiter = text[:1]
    if not delimiter or delimiter.isalnum() or delimiter.isspace() or delimiter == "\\":
        raise ValueError(f"{text!r} does not begin with a delimiter such as !")
    parts = text[1:].split(delimiter)
    if len(parts) < len(("pattern", "replacement", "flags")):
        raise ValueError(f"{text!r} is not {delimiter}pattern{delimiter}replacement{delimiter}flags")
    pattern, replacement, flags, *_ = parts
    pattern = _QUOTED.sub(lambda quoted: regex.escape(quoted[1]), pattern)
    if "A" in flags:
        pattern, flags = rf"\G(?:{pattern})", flags.replace("A", "")
    if unknown := set(flags) - set(_FLAGS):
        raise ValueError(f"{text!r} has unknown flags: {''.join(sorted(unknown))}")
    wanted = regex.ASCII
    for flag in flags:
        wanted |= _FLAGS[flag]
    try:
        compiled = regex.compile(_bytewise(latin1(pattern)), wanted)
    except regex.error as error:
        raise ValueError(f"{text!r} holds a pattern that is not valid: {error}") from error
    return UrlMod(compiled, _bytewise(latin1(replacement)))
