"""Queries that ask nothing, and `applies` that name no class or environment."""

import re
from collections.abc import Iterator

from updateserver.model.configuration import Config
from updateserver.model.source import Finding, Node, error, walk, warning
from updateserver.rules.similar import most_similar
from updateserver.rules.values import trimmed

_LARGE = "more than half of status/@maxsize, {most} bytes: it would cost other answers; lower this one or raise that"
_XML_NAME = re.compile("[A-Za-z_][A-Za-z0-9_.-]*")


def query_advice(merged: Node, config: Config) -> Iterator[Finding]:
    """Yield queries that cannot be asked, and `applies` that never hold."""
    scfg = config.queries.scfg
    if any(query.applies for query in config.queries.queries) and (not scfg or any(map(str.isspace, scfg))):
        message = "no answer arrives: leave it out, or write update.php?mode=query&sn=#m"
        yield error(message, merged.one("queries"), "queries", "scfg")
    for node in merged.one("queries").all("query"):
        path = f"queries/{node.name}"
        if not _XML_NAME.fullmatch(node.get("id")):
            message = "answers cannot be stored under this name: write letters, digits and _ . - only, a letter first"
            yield warning(message, node, path, "id")
        if node.has("applies") and not node.has("cmd"):
            yield error("devices get no script: the query has no cmd; add one", node, path)
        elif node.has("applies") and not trimmed(node.one("cmd").text):
            yield warning("asks nothing: write a device command", node.one("cmd"), f"{path}/cmd")
    if config.queries.maxsize > config.status.maxsize // 2:
        yield warning(_LARGE, merged.one("queries"), "queries", "maxsize", most=config.status.maxsize)
    yield from _applies(merged, config)


def _applies(merged: Node, config: Config) -> Iterator[Finding]:
    environments = list(config.environments)
    classes = [device_class.id for device_class in config.classes]
    types = {model for device_class in config.classes for model in device_class.models}
    for path, node in walk(merged):
        if node.tag != "applies":
            continue
        name = trimmed(node.text)
        if "env" in node.attributes:
            if name != "*" and name not in environments:
                yield warning("no environment of that name", node, path, meant=most_similar(name, environments))
        elif name != "*" and name not in classes and name not in types:
            meant = most_similar(name, [*classes, *sorted(types)])
            yield warning("neither a class nor a known type in lower case", node, path, meant=meant)
