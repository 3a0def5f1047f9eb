"""The queries that a device is asked to answer, and the hours in which it may run its scripts."""

from collections.abc import Generator, Iterator, Mapping

from updateserver.base.text import encoded
from updateserver.configuration.config import Applies, Queries, Times
from updateserver.device.steps import Abandon, Comment, Introduce, Line, Step
from updateserver.poll.facts import PollContext
from updateserver.poll.url import configured_url


def ask(context: PollContext) -> Generator[Step, None, bool]:
    """Have the device answer each query that applies to it; return whether the script may go on."""
    queries = context.config.queries
    asked = [query for query in queries.queries if any(context.meets(condition) for condition in query.applies)]
    if not asked:
        yield Comment(f"no queries defined for any of callers classes: {'+'.join(context.classes)}")
    # An answer is judged by the classes in the state. A device that was forgotten must have them there before it
    # answers, which it does while it runs this very script.
    elif "classes" not in context.facts.stored.device:
        yield Introduce(
            {
                "classes": ", ".join(context.classes),
                "environments": ", ".join(context.environments),
                "sn": context.poll.sn,
            }
        )
    # `ser nop /always COMMAND`: UP0 sends what that command prints instead of the device's configuration.
    url = configured_url(context.call, queries.scfg)
    for query in asked:
        if not query.cmd:
            yield Comment(f"query '{query.id}' has no cmd - exit")
            yield Abandon()
            return False
        yield Comment(f"query '{query.id}'")
        yield Line(f"mod cmd UP0 scfg {url}&id={encoded(query.id)} ser nop /always {encoded(query.cmd)}")
    return True


def is_asked(queries: Queries, query: str, device: Mapping[str, str]) -> bool:
    """Tell whether a device is asked a query, by what its state says of it: only whoever has polled is asked at all."""
    if "classes" not in device:
        return False
    return any(_meets(device, condition) for one in queries.queries if one.id == query for condition in one.applies)


def _meets(device: Mapping[str, str], condition: Applies) -> bool:
    listed = device.get("environments" if condition.env else "classes", "")
    # The state holds the list as one text, separated by ", ": whole names are compared.
    return condition.name == "*" or f", {condition.name}, " in f", {listed}, "


def restrict(times: Times, *, has_next: bool) -> Iterator[Step]:
    """Tell the device its allowed hours; with `forcestaging` they count in the last phase only."""
    allow = times.allow
    # A new device that arrives at noon is to go through its first phases at once, not at night.
    if allow and has_next and times.forcestaging:
        yield Comment("Skip restricted times, initial staging / forcestaging")
        allow = None
    # Two blanks before the options: recordings of the reference have them.
    parts = [f"/{name} {value}" for name, value in (("allow", allow), ("initial", times.initial)) if value]
    if parts:
        yield Comment("Restricted times")
        yield Line(f"mod cmd UP1 times  {' '.join(parts)}")
