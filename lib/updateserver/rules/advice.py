"""All that is probably not what the admin meant, though the server runs with it. Not needed for serving devices."""

from collections.abc import Iterable
from dataclasses import replace

from updateserver.model.source import Finding, Origin
from updateserver.rules.advice_addresses import address_advice
from updateserver.rules.advice_certificates import certificate_advice
from updateserver.rules.advice_firmware import firmware_advice
from updateserver.rules.advice_folders import folder_advice
from updateserver.rules.advice_names import name_advice
from updateserver.rules.advice_newcomers import newcomer_advice
from updateserver.rules.advice_queries import query_advice
from updateserver.rules.advice_switches import switch_advice
from updateserver.rules.advice_words import word_advice
from updateserver.rules.check import Outcome
from updateserver.rules.configure import typed


def all_findings(outcome: Outcome) -> tuple[Finding, ...]:
    """Return everything that is wrong with what the configuration says, in order."""
    config = outcome.config or typed(outcome.merged, outcome.own)
    findings = {
        *outcome.findings,
        *word_advice(outcome.merged, outcome.own),
        *firmware_advice(outcome.merged, config),
        *folder_advice(outcome.merged, config),
        *name_advice(outcome.merged),
        *certificate_advice(outcome.merged, config),
        *query_advice(outcome.merged, config),
        *address_advice(outcome.merged, config),
        *switch_advice(outcome.merged, config),
        *newcomer_advice(outcome.merged, config),
    }
    return in_order(findings, outcome.own.file)


def in_order(findings: Iterable[Finding], own: str) -> tuple[Finding, ...]:
    """Return findings once each, fatal ones first, then errors, each in the order of the files' lines.

    What is odd about a default is to be put right in the site's own file, `own`: nobody edits the defaults.
    """
    return tuple(
        sorted(
            {_where_it_is_changed(finding, own) for finding in findings},
            key=lambda finding: (not finding.fatal, finding.severity, finding.origin, str(finding)),
        )
    )


def _where_it_is_changed(finding: Finding, own: str) -> Finding:
    is_default = finding.file and finding.file != own and "/@" in finding.element
    return replace(finding, origin=Origin(own, 0)) if is_default else finding
