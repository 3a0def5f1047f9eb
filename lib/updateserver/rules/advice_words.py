"""Tags and attributes that the server does not know, not there, or not so often."""

from collections.abc import Iterator

from updateserver.model.source import Finding, Node, warning
from updateserver.model.tag import Tag
from updateserver.model.vocabulary import CONFIG
from updateserver.rules.advice_values import value_advice
from updateserver.rules.similar import most_similar
from updateserver.rules.values import trimmed


def word_advice(merged: Node, own: Node) -> Iterator[Finding]:
    """Yield unknown, misplaced and repeated tags and attributes, and values that are not of their kind."""
    if own.tag != CONFIG.name:
        yield warning("the outermost tag should be <config>", own, own.tag)
    yield from _attributes(merged, CONFIG, CONFIG.name)
    yield from _children(merged, CONFIG, "")


def _children(node: Node, known: Tag, path: str) -> Iterator[Finding]:
    seen: dict[str, Node] = {}
    for child in node.children:
        here = f"{path}/{child.name}" if path else child.name
        tag = known.child(child.tag)
        if tag is None:
            yield _unknown_tag(child, known, here)
            continue
        first = seen.setdefault(child.tag, child)
        if first is not child and not tag.several:
            message = "given more than once: only the one at {place} counts; merge them into one"
            yield warning(message, child, here, place=f"{first.file}:{first.line}")
        if tag.text is None and trimmed(child.text):
            yield warning("this text is not used: <{tag}> holds none", child, here, tag=child.tag)
        yield from _attributes(child, tag, here)
        yield from _children(child, tag, here)


def _attributes(node: Node, tag: Tag, path: str) -> Iterator[Finding]:
    for name in node.attributes:
        attribute = tag.attribute(name)
        if attribute is None:
            yield _unknown_attribute(node, name, tag, path)
        else:
            yield from value_advice(node, attribute, path)


def _unknown_tag(node: Node, parent: Tag, path: str) -> Finding:
    if homes := [home.rpartition("/")[0] or CONFIG.name for home, tag in _tags(CONFIG) if tag.name == node.tag]:
        return warning("<{tag}> is not known here; it belongs to {homes}", node, path, tag=node.tag, homes=_told(homes))
    meant = most_similar(node.tag, [child.name for child in parent.children])
    return warning("<{tag}> is not known here", node, path, tag=node.tag, meant=meant)


def _unknown_attribute(node: Node, name: str, tag: Tag, path: str) -> Finding:
    if homes := [home for home, other in _tags(CONFIG) if other.attribute(name)]:
        return warning("not known here; it belongs to {homes}", node, path, name, homes=_told(homes))
    meant = most_similar(name, [attribute.name for attribute in tag.attributes])
    return warning("not known here", node, path, name, meant=meant)


def _told(homes: list[str]) -> str:
    return " / ".join(f"<{home}>" for home in homes)


def _tags(tag: Tag, path: str = "") -> Iterator[tuple[str, Tag]]:
    for child in tag.children:
        here = f"{path}/{child.name}" if path else child.name
        yield here, child
        yield from _tags(child, here)
