"""Ages as scripts and pages tell them (docs/admin.md)."""

from dataclasses import dataclass

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86400, 7 * 86400
# Below so many seconds, it is told in this unit.
_UNITS = ((120, 1, "second"), (120 * _MINUTE, _MINUTE, "minute"), (48 * _HOUR, _HOUR, "hour"), (90 * _DAY, _DAY, "day"))


@dataclass(frozen=True, slots=True)
class Age:
    """A number, with one decimal where that is not 0, and its unit in the singular."""

    number: str
    unit: str

    @property
    def is_one(self) -> bool:
        """Tell whether the unit stays in the singular."""
        return self.number == "1"


def age_of(seconds: float) -> Age:
    """Return a number of seconds in the unit that reads best; times to come count as now."""
    seconds = max(0.0, seconds)
    size, unit = next(((size, unit) for below, size, unit in _UNITS if seconds < below), (_WEEK, "week"))
    return Age(f"{seconds / size:.1f}".removesuffix(".0"), unit)
