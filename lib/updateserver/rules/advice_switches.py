"""Switches that are there to look for a mistake, and were left on."""

from collections.abc import Iterator

from updateserver.model.configuration import Config
from updateserver.model.source import Finding, Node, warning


def switch_advice(merged: Node, config: Config) -> Iterator[Finding]:
    """Yield debug switches that are on."""
    if config.debugmerge:
        message = "writes the configuration with its passwords to debug/: turn it off when you are done"
        yield warning(message, merged, "config", "debugmerge")
    if config.debugcerts:
        message = "each call adds to debug/Request-Certs.txt: turn it off when you are done"
        yield warning(message, merged, "config", "debugcerts")
    if config.debugscript:
        message = "each call adds all that is delivered, passwords as well, to debug/: turn it off when you are done"
        yield warning(message, merged, "config", "debugscript")
