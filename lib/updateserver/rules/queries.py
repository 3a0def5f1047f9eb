"""The queries that a device is asked to answer."""

from collections.abc import Generator, Mapping

from updateserver.model.configuration import Applies, Queries
from updateserver.model.steps import Abandon, Comment, Line, Step
from updateserver.rules.text import encoded
from updateserver.rules.url import configured_url
from updateserver.rules.visit import Visit


def ask(visit: Visit) -> Generator[Step, None, bool]:
    """Have the device answer each query that applies to it; return whether the script may go on."""
    queries = visit.config.queries
    asked = [query for query in queries.queries if any(visit.meets(condition) for condition in query.applies)]
    if not asked:
        yield Comment(f"no queries defined for any of callers classes: {'+'.join(visit.classes)}")
    url = configured_url(visit.call, queries.scfg)
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
    return condition.name == "*" or f", {condition.name}, " in f", {listed}, "
