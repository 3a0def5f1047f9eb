"""Tags and attributes that the server does not know, not there, or not so often."""

from collections.abc import Iterator
from difflib import get_close_matches

from updateserver.model.source import Finding, Node, warning
from updateserver.model.tag import Tag
from updateserver.model.vocabulary import CONFIG
from updateserver.rules.advice_values import value_advice
from updateserver.rules.values import trimmed


def word_advice(merged: Node, own: Node) -> Iterator[Finding]:
    """Yield unknown, misplaced and repeated tags and attributes, and values that are not of their kind."""
    if own.tag != CONFIG.name:
        yield warning(f"the outermost tag should be <{CONFIG.name}>", own, own.tag)
    yield from _attributes(merged, CONFIG, CONFIG.name)
    yield from _children(merged, CONFIG, "")


def _children(node: Node, known: Tag, path: str) -> Iterator[Finding]:
    seen: dict[str, Node] = {}
    for child in node.children:
        here = f"{path}/{child.name}" if path else child.name
        tag = known.child(child.tag)
        if tag is None:
            yield warning(_unknown_tag(child.tag, known), child, here)
            continue
        first = seen.setdefault(child.tag, child)
        if first is not child and not tag.several:
            message = f"given more than once: only the one at {first.file}:{first.line} counts; merge them into one"
            yield warning(message, child, here)
        if tag.text is None and trimmed(child.text):
            yield warning(f"this text is not used: <{child.tag}> holds none", child, here)
        yield from _attributes(child, tag, here)
        yield from _children(child, tag, here)


def _attributes(node: Node, tag: Tag, path: str) -> Iterator[Finding]:
    for name in node.attributes:
        attribute = tag.attribute(name)
        if attribute is None:
            yield warning(_unknown_attribute(name, tag), node, path, name)
        else:
            yield from value_advice(node, attribute, path)


def _unknown_tag(name: str, parent: Tag) -> str:
    homes = [path.rpartition("/")[0] or CONFIG.name for path, other in _tags(CONFIG) if other.name == name]
    return f"<{name}> is not known here{_belongs(homes) or similar(name, [child.name for child in parent.children])}"


def _unknown_attribute(name: str, tag: Tag) -> str:
    homes = [path for path, other in _tags(CONFIG) if other.attribute(name)]
    return f"not known here{_belongs(homes) or similar(name, [attribute.name for attribute in tag.attributes])}"


def _belongs(homes: list[str]) -> str:
    return f"; it belongs to {' or '.join(f'<{home}>' for home in homes)}" if homes else ""


def similar(name: str, names: list[str]) -> str:
    """Return the question whether the most similar name was meant, "" where there is none."""
    by_lower = {other.lower(): other for other in names}
    closest = get_close_matches(name.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[closest[0]]!r}?" if closest else ""


def _tags(tag: Tag, path: str = "") -> Iterator[tuple[str, Tag]]:
    for child in tag.children:
        here = f"{path}/{child.name}" if path else child.name
        yield here, child
        yield from _tags(child, here)
