"""What the pages say, in the language of the browser: English, or one that languages/ has a catalogue for."""

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from werkzeug.datastructures import LanguageAccept

from updateserver.base.message import Message
from updateserver.base.times import AHEAD, age_of
from updateserver.configuration.source import Finding
from updateserver.web.admin.catalog import Catalog, catalog_of

_CATALOGS = Path(__file__).parent / "languages"
_ENGLISH = "en"
_UNITS = {
    "second": ("{n} sec", "{n} secs"),
    "minute": ("{n} min", "{n} mins"),
    "hour": ("{n} hour", "{n} hours"),
    "day": ("{n} day", "{n} days"),
    "week": ("{n} week", "{n} weeks"),
}


@dataclass(frozen=True)
class Translation:
    """One language; calling it translates a text, and fills in the names in its braces."""

    language: str
    catalog: Catalog

    def __call__(self, english: str, /, **values: Any) -> str:
        """Return a text in this language, or a message with what it was made of."""
        if isinstance(english, Message) and english.values:
            return self(english.text, **{name: self._value(value) for name, value in english.values.items()})
        text = self.catalog.texts.get(english, english)
        return text.format(**values) if values else text

    def _value(self, value: Any) -> Any:
        return self(value) if isinstance(value, Message) else value

    def finding(self, finding: Finding) -> str:
        """Return what a finding says."""
        values = {name: self._value(value) for name, value in finding.values}
        text = self(finding.text, **values)
        return f"{text}; {self('did you mean {name}?', name=repr(finding.meant))}" if finding.meant else text

    def count(self, one: str, many: str, n: float | str, /, **values: Any) -> str:
        """Return a text that tells a number, which is `{n}` in it."""
        singular, plural = self.catalog.plurals.get(one, (one, many))
        return (singular if str(n) == "1" else plural).format(n=self.number(n), **values)

    def number(self, n: float | str) -> str:
        """Return a number as one writes it in this language."""
        text = f"{n:,}" if isinstance(n, int) else str(n)
        return text.translate(str.maketrans(",.", ".,")) if self.language == "de" else text

    def age(self, then: int | None, now: int) -> str:
        """Return how long ago something was; the infinity sign for never, the time itself if it is yet to come."""
        if not then:
            return "\N{INFINITY}"
        if then > now + AHEAD:
            return self.time(then)
        age = age_of(now - then)
        return self.count(*_UNITS[age.unit], age.number)

    def span(self, seconds: int) -> str:
        """Return a length of time."""
        age = age_of(seconds)
        return self.count(*_UNITS[age.unit], age.number)

    def time(self, then: int | None) -> str:
        """Return a moment in the server's time zone."""
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(then)) if then else ""

    def size(self, count: int) -> str:
        """Return a number of bytes."""
        for unit, size in (("MB", 1 << 20), ("kB", 1 << 10)):
            if count >= size:
                return f"{self.number(f'{count / size:.1f}')} {unit}"
        return f"{count} B"


def translation_for(accepted: LanguageAccept) -> Translation:
    """Return the language that a browser likes best of those that we have."""
    known = _languages()
    return _translation(accepted.best_match([_ENGLISH, *known], _ENGLISH) or _ENGLISH)


@cache
def _languages() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _CATALOGS.glob("*.po")))


@cache
def _translation(language: str) -> Translation:
    return Translation(language, Catalog() if language == _ENGLISH else catalog_of(_CATALOGS / f"{language}.po"))
