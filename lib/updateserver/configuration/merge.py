"""Merging of a site's configuration into the defaults (specification: Configuration).

The left tree are the defaults, the right one is the site's own. Neither is changed.
"""

from collections import Counter
from dataclasses import replace

from updateserver.configuration.source import Finding, Node, fatal, warning
from updateserver.configuration.values import leading_number, trimmed

_REPLACED = frozenset({"cmd"})  # a site may well give a query of the defaults another command (docs/differences.md)


def merge(left: Node, right: Node) -> tuple[Node, list[Finding]]:
    """Return the merged tree, its numbered children in order, and what was wrong on the way."""
    findings: list[Finding] = []
    together = _merged(left, right, "", findings, text_counts=True)
    ordered = tuple(_ordered(child, findings) for child in together.children)
    return replace(together, children=ordered), findings


def _merged(left: Node, right: Node, path: str, findings: list[Finding], *, text_counts: bool) -> Node:
    if not text_counts and not right.children and trimmed(right.text) not in ("", trimmed(left.text)):
        message, place = "has no effect: {text} at {place} counts; remove one of them", f"{left.file}:{left.line}"
        findings.append(warning(message, right, path, text=repr(trimmed(left.text)), place=place))
    return replace(
        left,
        attributes={**left.attributes, **right.attributes},
        text=right.text if text_counts and not right.children else left.text,
        children=_merged_children(left, right, path, findings),
        origin=right.origin,
        origins={**left.origins, **right.origins},
    )


def _merged_children(left: Node, right: Node, path: str, findings: list[Finding]) -> tuple[Node, ...]:
    ours = Counter(child.tag for child in left.children)
    theirs = Counter(child.tag for child in right.children)
    children = list(left.children)
    places: dict[tuple[str, ...], int] = {}
    for place, child in enumerate(children):
        _note(places, child, place)
    first = {child.tag: child for child in reversed(children)}
    for child in right.children:
        here = f"{path}/{child.name}" if path else child.name
        partner: int | None = None
        # The reference decides by the first child of the tag in the defaults, whatever the site's own ones look like.
        by_id = "id" in first.setdefault(child.tag, child).attributes
        if by_id:
            if "id" not in child.attributes:
                findings.append(
                    fatal("<{tag}> without id: each one needs an id of its own", child, here, tag=child.tag)
                )
                continue
            partner = places.get((child.tag, child.attributes["id"]))
        # Only a pair merges; two <applies> of a site stand beside those of the defaults.
        elif ours[child.tag] == theirs[child.tag] == 1:
            partner = places.get((child.tag,))
        if partner is None:
            _note(places, child, len(children))
            children.append(child)
            continue
        # The reference keeps the left text of a pair, and takes over its attributes only.
        text_counts = by_id or (child.tag in _REPLACED and trimmed(child.text) != "")
        children[partner] = _merged(children[partner], child, here, findings, text_counts=text_counts)
    return tuple(children)


def _note(places: dict[tuple[str, ...], int], child: Node, place: int) -> None:
    """Keep where the first child of a tag stands, and the first one of a tag and an id."""
    places.setdefault((child.tag,), place)
    if "id" in child.attributes:
        places.setdefault((child.tag, child.attributes["id"]), place)


def _ordered(parent: Node, findings: list[Finding]) -> Node:
    """Return the element with its children that are numbered by `seq` in that order, behind the others."""
    numbered = {child.tag for child in parent.children if "seq" in child.attributes}
    if not numbered:
        return parent
    # Of two with one number the reference keeps the last.
    places: dict[tuple[str, int], Node] = {}
    for child in parent.children:
        if child.tag not in numbered:
            continue
        here = f"{parent.name}/{child.name}"
        seq = leading_number(child.get("seq"))
        if not child.get("seq"):
            findings.append(warning("no seq: counts as 0; give each one a number of its own", child, here))
        if lost := places.get((child.tag, seq)):
            message = "has the same seq {seq} as {other}, which takes its place: give each one its own number"
            element, attribute = f"{parent.name}/{lost.name}", "seq" if "seq" in lost.attributes else None
            findings.append(warning(message, lost, element, attribute, seq=seq, other=child.name))
        places[child.tag, seq] = child
    others = [child for child in parent.children if child.tag not in numbered]
    return replace(parent, children=(*others, *(places[place] for place in sorted(places))))
