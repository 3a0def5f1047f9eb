"""What a device's next script holds that its last one did not: told by snippet file, since scripts are not kept."""

from collections.abc import Collection, Iterable, Sequence
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


def fates(there: Sequence[str], sent: Collection[str], delivered: Iterable[DeliveredSnippet]) -> list[SnippetFate]:
    """Return the fate of each snippet file that there is for a device, or that was delivered before.

    `sent` are those that the script at hand holds.
    """
    before = {one.filename: one for one in delivered}
    found = [SnippetFate(name, _fate(before.get(name)), name in sent) for name in there]
    return found + [SnippetFate(name, Fate.GONE, is_delivered=False) for name in before if name not in there]


def _fate(before: DeliveredSnippet | None) -> Fate:
    if before is None:
        return Fate.NEW
    return Fate.SAME if before.changed == before.version else Fate.CHANGED
