"""Times in seconds: the units, ages as scripts and pages tell them (docs/admin.md), and which times are believed."""

from dataclasses import dataclass

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 7 * 86400
LAST_TIME = 253402300800  # Unix seconds: no calendar goes on after the year 9999
AHEAD = 300  # seconds that a clock may be ahead: computers that share a disk, and a call that takes its time

# Below so many seconds, it is told in this unit.
_UNITS = ((120, 1, "second"), (120 * MINUTE, MINUTE, "minute"), (48 * HOUR, HOUR, "hour"), (90 * DAY, DAY, "day"))


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
    size, unit = next(((size, unit) for below, size, unit in _UNITS if seconds < below), (WEEK, "week"))
    return Age(f"{seconds / size:.1f}".removesuffix(".0"), unit)


def believed(moment: int, now: int) -> int:
    """Return a time (Unix seconds), 0 for one of the future, which only a wrong clock can have written."""
    return moment if moment <= now + AHEAD else 0
