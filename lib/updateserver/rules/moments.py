"""Which times are believed: none of the future, which only a wrong clock can have written."""

LAST_TIME = 253402300800  # Unix seconds: no calendar goes on after the year 9999
AHEAD = 300  # seconds that a clock may be ahead: computers that share a disk, and a call that takes its time


def believed(moment: int, now: int) -> int:
    """Return a time (Unix seconds), 0 for one of the future: then it is not known."""
    return moment if moment <= now + AHEAD else 0
