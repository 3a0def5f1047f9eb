"""What a call changes in a device's state, applied to the state in memory."""

from collections.abc import Iterable

from lxml import etree

from updateserver.base.hostile_xml import parsed, xml_text
from updateserver.device.steps import Answered, Change, Delivered, Forget, ForgetAnswer, Log, Note, Remember
from updateserver.device.stored import child

_MESSAGE_LENGTH = 1000


def apply(state: etree._Element, changes: Iterable[Change], now: int) -> list[str]:
    """Make changes to a state in memory; return the messages for its log."""
    messages: list[str] = []
    moment = str(now)
    state.set("seen", moment)
    elements = {"state": state}
    configs: dict[str, etree._Element] = {}
    for change in changes:  # most of them are of the first two kinds
        if isinstance(change, Remember):
            element = elements.get(change.element)
            if element is None:
                element = elements[change.element] = made_child(state, change.element)
            for name, value in change.values.items():
                # Most values are those of the last poll, and to set one costs much more than to compare it.
                if element.get(name) != value:
                    element.set(name, xml_text(value))
        elif isinstance(change, (Log, Note)):
            # Messages repeat what callers say, so they are cut: a log of long ones would push out the others.
            messages.append(xml_text(change.message[:_MESSAGE_LENGTH]))
        elif isinstance(change, Delivered):
            configs = configs or {config.get("filename", ""): config for config in state.iterchildren("config")}
            name = xml_text(change.filename)
            if name not in configs:
                configs[name] = etree.SubElement(state, "config", filename=name)
            config = configs[name]
            config.set("delivered", moment)
            config.set("version", str(change.version))
        else:
            _forget_or_answer(state, change)
    return messages


def _forget_or_answer(state: etree._Element, change: Forget | Answered | ForgetAnswer) -> None:
    match change:
        case Forget(element, attribute):
            (state if element == "state" else made_child(state, element)).attrib.pop(attribute, "")
        case Answered(query, answer):
            _answer(made_child(state, "queries"), query, answer)
        case ForgetAnswer(query):
            etree.strip_elements(made_child(state, "queries"), query)


def answer_element(query: str, content: str, seen: int) -> etree._Element:
    """Return a query's answer as an element.

    Raises XMLSyntaxError if the answer is not well-formed, or so deep that the state could not be read with it.
    """
    # What devices send has no root element, and is stored below one named after the query (reference).
    document = f'<{query} seen="{seen}">{content}</{query}>'
    try:  # two levels deep, as in the state: there, too, it must be within the parser's limit
        state = parsed(f"<state><queries>{document}</queries></state>".encode())
    except etree.XMLSyntaxError:
        parsed(document.encode())  # what is wrong with the answer itself is told by its own lines and columns
        raise
    if len(state) != 1 or len(state[0]) != 1:  # its own end tags lead out of it
        parsed(document.encode())
        raise ValueError("it is more than one element")
    return state[0][0]


def made_child(state: etree._Element, name: str) -> etree._Element:
    """Return the first child of this name, a new one if there is none."""
    found = child(state, name)
    return etree.SubElement(state, name) if found is None else found


def _answer(queries: etree._Element, query: str, answer: etree._Element) -> None:
    # In the old one's place, so that the file reads as PHP's does.
    old = queries.find(query)
    if old is None:
        queries.append(answer)
    else:
        queries.replace(old, answer)


def within(state: etree._Element, most: int) -> tuple[bytes, tuple[str, ...]]:
    """Return a state as it is written, in at most `most` bytes if that is possible, and which answers had to go.

    The largest go first: the device is asked for them again, while all else could not be got back.
    """
    content = etree.tostring(state)
    if len(content) <= most:
        return content, ()
    gone: list[str] = []
    answers = [(len(etree.tostring(one)), queries, one) for queries in state.iterchildren("queries") for one in queries]
    size = len(content)
    for length, queries, answer in sorted(answers, key=lambda entry: entry[0], reverse=True):
        if size <= most:
            break
        size -= length
        queries.remove(answer)
        if isinstance(answer.tag, str):  # it is no comment
            gone.append(answer.tag)
    return etree.tostring(state), tuple(gone)
