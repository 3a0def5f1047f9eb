"""All that is wrong with an installation: what check-config and the admin's pages tell. It looks, and changes nothing.

This is the one place where findings come together. What the configuration says of itself is judged by
`findings/advice.py`; what is to be looked at on the disk has a function here in `_inspections`.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from updateserver.base.io import files
from updateserver.configuration.config import Config
from updateserver.configuration.io.files import look_at
from updateserver.configuration.source import Finding, Node, of_file
from updateserver.device.io.expiry import held_findings
from updateserver.findings.advice import all_findings, in_order
from updateserver.findings.io.access import access_findings
from updateserver.findings.io.redirection import redirection_findings
from updateserver.findings.io.reference import reference_findings
from updateserver.findings.io.site_files import site_files_findings
from updateserver.findings.io.snippets import snippet_findings
from updateserver.poll.io.refusals import limit_findings
from updateserver.trust.io.unnamed_proxies import proxy_findings

Inspection = Callable[[Path, Config, Node], Iterable[Finding]]


def load(root: Path) -> tuple[Config | None, Node, tuple[Finding, ...]]:
    """Return the configuration, None where it is broken, the merged tree, and all that is wrong with the files."""
    outcome, undefined = look_at(root)
    is_unreadable = any(not finding.element for finding in outcome.findings)  # then nothing else can be judged
    findings = outcome.findings if is_unreadable else all_findings(outcome)
    return outcome.config, outcome.merged, (*findings, *undefined)


class Examined(NamedTuple):
    """What an installation says, and what is wrong with it; `config` is None if no device can be served."""

    config: Config | None
    merged: Node
    findings: tuple[Finding, ...]


def examined(root: Path, access: Inspection = access_findings) -> Examined:
    """Return the configuration as it is now and all findings: fatal ones, errors, warnings.

    `access` is the look at what this process may read and write.
    """
    config, merged, findings = load(root)
    seen = list(site_files_findings(root, config.times.dir if config else "scripts"))
    if config:
        for inspect in (access, *_inspections()):
            seen += _seen(inspect, root, config, merged)
    return Examined(config, merged, in_order((*findings, *seen), merged.file))


def _inspections() -> tuple[Inspection, ...]:
    from updateserver.findings.io.ca import ca_findings  # noqa: PLC0415 -- brings cryptography

    return (
        ca_findings,
        held_findings,
        proxy_findings,
        reference_findings,
        redirection_findings,
        snippet_findings,
        limit_findings,
    )


def _seen(inspect: Inspection, root: Path, config: Config, merged: Node) -> Iterator[Finding]:
    try:
        yield from inspect(root, config, merged)
    except OSError as trouble:
        yield of_file("error", "cannot be read: {why}", ".", why=files.trouble(trouble))
