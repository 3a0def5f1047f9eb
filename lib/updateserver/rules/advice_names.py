"""Names of phases, environments, classes, types and arguments by which nothing, or too much, is found."""

import re
from collections.abc import Iterator

from updateserver.model.configuration import FIRST_PASS
from updateserver.model.source import Finding, Node, walk, warning
from updateserver.rules.text import lower

_PLAIN = re.compile("[a-z0-9_.]+")
_IN_FILE_NAMES = (("phases", "phase"), ("environments", "environment"), ("classes", "class"))


def name_advice(merged: Node) -> Iterator[Finding]:
    """Yield names that are hard to find or are never found."""
    for parent, tag in _IN_FILE_NAMES:
        yield from _in_file_names(parent, merged.one(parent).all(tag))
    for node in merged.one("phases").all("phase"):
        if node.get("id").startswith(FIRST_PASS):
            message = "{name} is for the hidden phase that times/@forcestaging makes: choose another name"
            yield warning(message, node, f"phases/{node.name}", "id", name=FIRST_PASS)
    yield from _types(merged)
    yield from _arguments(merged.one("stdargs").all("stdarg"))


def _in_file_names(parent: str, nodes: tuple[Node, ...]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for node in nodes:
        name, path = node.get("id"), f"{parent}/{node.name}"
        small = lower(name)
        if not name.strip():
            yield warning("no name: give it one", node, path, "id")
        elif not _PLAIN.fullmatch(small.replace("-", "")):  # a dash is fatal anyway
            message = "hard to use in file names and URLs: write letters without accents, digits, _ and . only"
            yield warning(message, node, path, "id")
        elif small == "all":
            yield warning("its snippets are those for all: choose another name", node, path, "id")
        elif small != name:
            message = "its snippets are looked for as {name}: write it in lower case"
            yield warning(message, node, path, "id", name=repr(small))
        if seen.setdefault(small, name) != name:
            message = "its snippets are those of {name} as well: choose another name"
            yield warning(message, node, path, "id", name=repr(seen[small]))


def _types(merged: Node) -> Iterator[Finding]:
    for path, node in walk(merged):
        if node.tag != "model":
            continue
        if path.startswith("filenames/"):
            if node.get("id") != lower(node.get("id")).strip():
                yield warning("never found: write the type in lower case", node, path, "id")
        elif not node.text.strip():
            yield warning("no type: write one, such as ip112", node, path)
        elif node.text != node.text.strip():
            yield Finding(
                "warning", "never found: write the type without white space around it", node.origin, path, node.text
            )


def _arguments(nodes: tuple[Node, ...]) -> Iterator[Finding]:
    seen: dict[str, Node] = {}
    for node in nodes:
        first = seen.setdefault(node.get("key"), node)
        if first is not node:
            message = "has no effect: the one at {place} counts; take this one out"
            yield warning(message, node, f"stdargs/{node.name}", place=f"{first.file}:{first.line}")
