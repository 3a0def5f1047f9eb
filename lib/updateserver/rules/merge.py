"""Merging of a site's configuration into the defaults (specification: Configuration).

The left tree are the defaults, the right one is the site's own. Neither is changed.
"""

from collections import Counter
from dataclasses import replace

from updateserver.model.source import Finding, Node, fatal, warning
from updateserver.rules.values import leading_number


def merge(left: Node, right: Node) -> tuple[Node, list[Finding]]:
    """Return the merged tree, its numbered children in order, and what was wrong on the way."""
    findings: list[Finding] = []
    together = _merged(left, right, "", findings)
    ordered = tuple(_ordered(child, findings) for child in together.children)
    return replace(together, children=ordered), findings


def _merged(left: Node, right: Node, path: str, findings: list[Finding]) -> Node:
    return replace(
        left,
        attributes={**left.attributes, **right.attributes},
        text=left.text if right.children else right.text,
        children=_merged_children(left, right, path, findings),
        origin=right.origin,
        origins={**left.origins, **right.origins},
    )


def _merged_children(left: Node, right: Node, path: str, findings: list[Finding]) -> tuple[Node, ...]:
    ours = Counter(child.tag for child in left.children)
    theirs = Counter(child.tag for child in right.children)
    children = list(left.children)
    for child in right.children:
        here = f"{path}/{child.name}" if path else child.name
        partner: int | None = None
        if "id" in left.one(child.tag).attributes:
            if "id" not in child.attributes:
                findings.append(fatal(f"<{child.tag}> without id: each one needs an id of its own", child, here))
                continue
            partner = _position(children, child.tag, child.attributes["id"])
        elif ours[child.tag] == theirs[child.tag] == 1:
            partner = _position(children, child.tag)
        if partner is None:
            children.append(child)
        else:
            children[partner] = _merged(children[partner], child, here, findings)
    return tuple(children)


def _position(children: list[Node], tag: str, its_id: str | None = None) -> int | None:
    for position, child in enumerate(children):
        if child.tag == tag and (its_id is None or child.attributes.get("id") == its_id):
            return position
    return None


def _ordered(parent: Node, findings: list[Finding]) -> Node:
    """Return the element with its children that are numbered by `seq` in that order, behind the others."""
    numbered = {child.tag for child in parent.children if "seq" in child.attributes}
    if not numbered:
        return parent
    places: dict[tuple[str, int], Node] = {}
    for child in parent.children:
        if child.tag not in numbered:
            continue
        here = f"{parent.name}/{child.name}"
        seq = leading_number(child.get("seq"))
        if not child.get("seq"):
            findings.append(warning("no seq: counts as 0; give each one a number of its own", child, here))
        if lost := places.get((child.tag, seq)):
            message = f"has the same seq {seq} as {child.name}, which takes its place: give each one its own number"
            findings.append(
                warning(message, lost, f"{parent.name}/{lost.name}", "seq" if "seq" in lost.attributes else None)
            )
        places[child.tag, seq] = child
    others = [child for child in parent.children if child.tag not in numbered]
    return replace(parent, children=(*others, *(places[place] for place in sorted(places))))
