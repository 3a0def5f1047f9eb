"""All that is probably not what the admin meant, though the server runs with it. Not needed for serving devices."""

from updateserver.model.source import Finding
from updateserver.rules.advice_certificates import certificate_advice
from updateserver.rules.advice_firmware import firmware_advice
from updateserver.rules.advice_folders import folder_advice
from updateserver.rules.advice_names import name_advice
from updateserver.rules.advice_queries import query_advice
from updateserver.rules.advice_words import word_advice
from updateserver.rules.check import Outcome
from updateserver.rules.configure import typed


def all_findings(outcome: Outcome) -> tuple[Finding, ...]:
    """Return everything that is wrong, fatal findings first, then errors, each in the order of the files' lines."""
    config = outcome.config or typed(outcome.merged, outcome.own)
    findings = {
        *outcome.findings,
        *word_advice(outcome.merged, outcome.own),
        *firmware_advice(outcome.merged, config),
        *folder_advice(outcome.merged, config),
        *name_advice(outcome.merged),
        *certificate_advice(outcome.merged, config),
        *query_advice(outcome.merged, config),
    }
    return tuple(
        sorted(findings, key=lambda finding: (not finding.fatal, finding.severity, finding.origin, str(finding)))
    )
