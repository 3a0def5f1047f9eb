r"""`times/@httpsurlmod`: how the HTTP URL of a device becomes its HTTPS URL.

Its form is `!pattern!replacement!flags` with any delimiter; without the last one there are no flags. It means what
PHP's `preg_replace` makes of it, on bytes: pattern and flags are PCRE, `$1`, `${1}` and `\1` stand for groups.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import pcre2
from pcre2 import _cy  # the compile() around it has no way to take the additions below away

# Values of pcre2.h; those of A, D, J, U and n have no name in the package.
_FLAGS = {
    b"i": 0x8,
    b"m": 0x400,
    b"s": 0x20,
    b"x": 0x80,
    b"A": 0x80000000,
    b"D": 0x10,
    b"U": 0x40000,
    b"J": 0x40,
    b"n": 0x2000,
    b"u": 0x80000 | 0x20000,
    b"S": 0,
    b"X": 0,
    b" ": 0,
    b"\n": 0,
    b"\r": 0,
}
_ADDED_BY_THE_PACKAGE = 0x2 | 0x100000  # \x{2f} as in JavaScript, and no \C
# A pattern that needs more for one match, or matches more often, runs wild: together they bound the time.
_LIMITS = b"(*LIMIT_MATCH=100000)(*LIMIT_HEAP=32768)"  # steps, KiB
_MATCHES = 1000
_SINCE_10_43 = re.compile(rb"(?<!\\)\{(?=,\d+\})")  # a{,3} means a{0,3} there, and itself in PHP's PCRE before
_REFERENCE = re.compile(rb"\$\{(\d\d?)\}|[\\$](\d\d?)")


@dataclass(frozen=True, slots=True)
class UrlMod:
    """A parsed `httpsurlmod`."""

    pattern: pcre2.Pattern
    replacement: bytes

    def apply(self, url: str) -> str:
        """Return the URL with each match replaced; unmodified if the pattern takes too long for it."""
        written = url.encode("utf-8", "surrogateescape")
        made, end = b"", 0
        try:
            for number, match in enumerate(self.pattern.finditer(written)):
                if number == _MATCHES:
                    return url
                made += written[end : match.start()] + _filled(self.replacement, match)
                end = match.end()
        except pcre2.LibraryError:  # too many steps; or with the flag u, a URL that is no UTF-8
            return url
        return (made + written[end:]).decode("utf-8", "surrogateescape")


def _filled(replacement: bytes, match: pcre2.Match) -> bytes:
    """Return the replacement with its groups; a backslash before a backslash or a reference makes that literal."""
    groups = (match[0], *match.groups(b""))
    made, place, last = bytearray(), 0, b""
    while place < len(replacement):
        letter = replacement[place : place + 1]
        if letter in b"\\$":
            if last == b"\\":
                made[-1:], last = letter, b""
                place += 1
                continue
            if reference := _REFERENCE.match(replacement, place):
                number = int(reference[1] or reference[2])
                made += groups[number] if number < len(groups) else b""
                place = reference.end()
                continue
        made += letter
        last = letter
        place += 1
    return bytes(made)


@lru_cache(maxsize=8)
def parse(text: str) -> UrlMod:
    """Return the parsed modifier; ValueError says what is wrong with it."""
    written = text.encode("latin-1", "replace")
    delimiter = written[:1]
    if not delimiter or delimiter.isalnum() or delimiter.isspace() or delimiter in b"\\([{<":
        raise ValueError(f"{text!r} does not begin with a delimiter such as !")
    pattern, *rest = written[1:].split(delimiter)
    if not rest:
        raise ValueError(f"{text!r} is not {text[0]}pattern{text[0]}replacement{text[0]}flags")
    replacement, flags, *_ = (*rest, b"")
    if (len(pattern) - len(pattern.rstrip(b"\\"))) % 2:
        raise ValueError(f"{text!r} has a backslash before a delimiter: choose another delimiter")
    options = 0
    for flag in (flags[place : place + 1] for place in range(len(flags))):
        if flag not in _FLAGS:
            raise ValueError(f"{text!r} has unknown flags: {flag.decode('latin-1')}")
        options |= _FLAGS[flag]
    try:
        return UrlMod(_compiled(pattern, options), replacement)
    except pcre2.LibraryError as error:
        raise ValueError(f"{text!r} holds a pattern that is not valid: {error}") from error


def _compiled(pattern: bytes, options: int) -> pcre2.Pattern:
    code = _cy.compile(_LIMITS + _SINCE_10_43.sub(rb"\\{", pattern), options, _ADDED_BY_THE_PACKAGE)
    return pcre2.Pattern(code, pattern, options, False, None)  # not compiled to machine code
