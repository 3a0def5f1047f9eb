"""Reading a gettext catalogue as translators write it (`.po`), without a step that compiles it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr|msgstr\[\d\])\s+)?("(?:[^"\\]|\\.)*")\s*')


@dataclass
class Catalog:
    """Translations by their English text; of a plural by its singular, one form and many."""

    texts: dict[str, str] = field(default_factory=dict)
    plurals: dict[str, tuple[str, str]] = field(default_factory=dict)


def catalog_of(path: Path) -> Catalog:
    """Return a catalogue. Raises ValueError where a line cannot be read."""
    catalog = Catalog()
    for entry in _entries(path):
        english = entry["msgid"]
        if "msgstr[0]" in entry:
            catalog.plurals[english] = entry["msgstr[0]"], entry["msgstr[1]"]
        elif english:
            catalog.texts[english] = entry["msgstr"]
    return catalog


def _entries(path: Path) -> Iterator[dict[str, str]]:
    entry: dict[str, str] = {}
    key = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not (match := _LINE.fullmatch(line)):
            raise ValueError(f"{path.name}:{number}: not a line of a catalogue: {line!r}")
        if match[1] == "msgid" and entry:
            yield entry
            entry = {}
        key = match[1] or key
        entry[key] = entry.get(key, "") + ast.literal_eval(match[2])
    if entry:
        yield entry
