"""The hours in which a device may run its scripts."""

from collections.abc import Iterator

from updateserver.model.configuration import Times
from updateserver.model.steps import Comment, Line, Step


def restrict(times: Times, *, has_next: bool) -> Iterator[Step]:
    """Tell the device its allowed hours; with `forcestaging` they count in the last phase only."""
    allow = times.allow
    if allow and has_next and times.forcestaging:
        yield Comment("Skip restricted times, initial staging / forcestaging")
        allow = None
    parts = [f"/{name} {value}" for name, value in (("allow", allow), ("initial", times.initial)) if value]
    if parts:
        yield Comment("Restricted times")
        yield Line(f"mod cmd UP1 times  {' '.join(parts)}")
