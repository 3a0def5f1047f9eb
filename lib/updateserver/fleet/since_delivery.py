"""What a device's next script holds that its last one did not: told by snippet file, since scripts are not kept."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from updateserver.fleet.rows import DeliveredSnippet


class Fate(StrEnum):
    """What became of a snippet file since it was delivered last."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class SnippetFate:
    """A snippet file, and whether the script at hand delivers it."""

    filename: str
    fate: Fate
    is_delivered: bool


def fates(script: str, folder: str, delivered: Iterable[DeliveredSnippet]) -> list[SnippetFate]:
    """Return the fate of each snippet file that a script names as possible, or that was delivered before."""
    before = {one.filename: one for one in delivered}
    listed = re.findall(rf"^# ({re.escape(folder)}/\S+\.txt) (?!does not exist)", script, re.MULTILINE)
    now = list(dict.fromkeys(listed))
    sent = set(re.findall(r"^# \{ begin script '(.*)' *\r?$", script, re.MULTILINE))
    found = [SnippetFate(name, _fate(before.get(name)), name in sent) for name in now]
    return found + [SnippetFate(name, Fate.GONE, is_delivered=False) for name in before if name not in now]


def _fate(before: DeliveredSnippet | None) -> Fate:
    if before is None:
        return Fate.NEW
    return Fate.SAME if before.changed == before.version else Fate.CHANGED
