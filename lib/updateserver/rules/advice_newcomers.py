"""Entries of `status/@accept` that mean nobody, and a list of unknown devices that cannot be kept."""

from collections.abc import Iterator

from updateserver.model.configuration import Config
from updateserver.model.source import Finding, Node, error, warning
from updateserver.rules.accepted import is_file, means_a_number


def newcomer_advice(merged: Node, config: Config) -> Iterator[Finding]:
    """Yield what keeps devices out though that is hardly meant."""
    node = merged.one("status")
    if config.status.approve and not config.status.dir:
        text = "no device is served: which ones are known is kept in status/@dir; set it"
        yield error(text, node, "status", "approve")
    for entry in config.status.accept:
        if not is_file(entry) and not means_a_number(entry):
            text = (
                "{entry} names no serial number: write 12 hexadecimal digits, with * and ? for any, or a file: ./NAME"
            )
            yield warning(text, node, "status", "accept", entry=repr(entry))
