"""What devices answered to queries, as the configuration has it shown: values of XPath expressions."""

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from updateserver.base.text import shown
from updateserver.configuration.config import Config, Query, Show
from updateserver.fleet.row import number
from updateserver.fleet.rows import ShownAnswer

_MOST = 100  # nodes of one value
_LONGEST = 1000  # characters of one value
_NOT_SHOWN = "none"


def shown_queries(config: Config) -> tuple[tuple[Query, tuple[Show, ...]], ...]:
    """Return the queries of which something is shown, with what it is."""
    found = ((query, _shows(query)) for query in config.queries.queries)
    return tuple((query, shows) for query, shows in found if shows)


def shown_answers(config: Config, state: etree._Element) -> tuple[ShownAnswer, ...]:
    """Return what is shown of a device's answers; a query that it never answered is left out."""
    return tuple(_answers(config, state))


def _answers(config: Config, state: etree._Element) -> Iterator[ShownAnswer]:
    answers = {answer.tag: answer for answer in state.iterfind("queries/*")}
    for query, shows in shown_queries(config):
        answer = answers.get(query.id)
        if answer is not None:
            values = tuple((show.title, value_of(show.xpath, state)) for show in shows)
            yield ShownAnswer(query.id, query.title, number(answer.get("seen")), values)


def _shows(query: Query) -> tuple[Show, ...]:
    return tuple(show for show in query.shows if show.xpath.strip().lower() != _NOT_SHOWN)


def value_of(xpath: str, state: etree._Element) -> str:
    """Return the value of an expression, lists joined by commas; one that is not valid is said to be so."""
    try:
        result = _compiled(xpath)(state)
    except (etree.XPathError, ValueError) as error:
        return f"invalid XPath expression '{shown(xpath)}': {error}"
    if isinstance(result, list):
        return shown(", ".join(map(_text, result[:_MOST])), _LONGEST)
    return shown(_text(result), _LONGEST)


@lru_cache(maxsize=256)
def _compiled(xpath: str) -> etree.XPath:
    return etree.XPath(xpath.strip(), regexp=False)


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.15g}"
        case etree._Element():  # noqa: SLF001 - the only name that lxml has for it
            return "".join(str(text) for text in value.itertext())
        case _:
            return str(value)
