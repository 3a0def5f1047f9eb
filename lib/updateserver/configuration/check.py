"""From two trees to a configuration, and all that makes one unusable (specification: Configuration).

Names of phases, environments and classes become parts of snippet file names (`phase-class-environment.txt`), where
`all` and the dash have a meaning.
"""

from collections.abc import Iterator
from typing import NamedTuple

from updateserver.configuration.config import Config
from updateserver.configuration.merge import merge
from updateserver.configuration.source import Finding, Node, fatal
from updateserver.configuration.typed import typed
from updateserver.configuration.values import trimmed

_NAMED = (
    ("phases", "phase", ("all", "_")),
    ("environments", "environment", ("all",)),
    ("classes", "class", ("all",)),
)


def unusable(merged: Node) -> Iterator[Finding]:
    """Yield every reason for which devices cannot be served with this configuration."""
    for parent, tag, reserved in _NAMED:
        for node in merged.one(parent).all(tag):
            yield from _reserved_or_dashed(node, f"{parent}/{node.name}", reserved)
    yield from _undefined_implied(merged.one("environments"))
    for parent, tag in (("phases", "phase"), ("environments", "environment")):
        if not merged.one(parent).has(tag):
            yield fatal("no {tag} defined: at least one is needed", merged.one(parent), parent, tag=tag)
    for tag, attribute in (("master", "info"), ("fwstorage", "url")):
        if attribute not in merged.one(tag).attributes:
            yield fatal("{name} is missing", merged.one(tag), tag, attribute, name=f"{tag}/@{attribute}")


def _reserved_or_dashed(node: Node, path: str, reserved: tuple[str, ...]) -> Iterator[Finding]:
    name = node.get("id")
    if name in reserved:
        yield fatal("{tag} name '{name}' not allowed", node, path, "id", tag=node.tag, name=name)
    if "-" in name:
        yield fatal("{tag} named '{name}': no dash allowed in name", node, path, "id", tag=node.tag, name=name)


def _undefined_implied(environments: Node) -> Iterator[Finding]:
    defined = {node.get("id") for node in environments.all("environment")}
    for node in environments.all("environment"):
        for implied in node.all("implies"):
            if trimmed(implied.text) not in defined:
                yield fatal(
                    "environment '{name}' implies undefined environment '{other}'",
                    implied,
                    f"environments/{node.name}/implies",
                    name=node.get("id"),
                    other=trimmed(implied.text),
                )


class CheckResult(NamedTuple):
    """What came of the configuration files; `config` is None if a finding is fatal.

    The findings are those of merging and the fatal ones; `findings/advice.py` has the others.
    """

    config: Config | None
    merged: Node
    own: Node
    findings: tuple[Finding, ...]


def configure(defaults: Node, own: Node) -> CheckResult:
    """Return the configuration of a site from the defaults and what the site wrote itself."""
    merged, findings = merge(defaults, own)
    findings += unusable(merged)
    config = None if any(finding.fatal for finding in findings) else typed(merged, own)
    return CheckResult(config, merged, own, tuple(findings))
