"""From two trees to a configuration, and all that is wrong with it."""

from typing import NamedTuple

from updateserver.model.configuration import Config
from updateserver.model.source import Finding, Node
from updateserver.rules.check_names import unusable
from updateserver.rules.configure import typed
from updateserver.rules.merge import merge


class Outcome(NamedTuple):
    """What came of the configuration files; `config` is None if a finding is fatal.

    The findings are those of merging and the fatal ones; `rules/advice.py` has the others.
    """

    config: Config | None
    merged: Node
    own: Node
    findings: tuple[Finding, ...]


def configure(defaults: Node, own: Node) -> Outcome:
    """Return the configuration of a site from the defaults and what the site wrote itself."""
    merged, findings = merge(defaults, own)
    findings += unusable(merged)
    config = None if any(finding.fatal for finding in findings) else typed(merged, own)
    return Outcome(config, merged, own, tuple(findings))
