"""What is wrong with the data of redirection, if any is set up."""

from collections.abc import Iterator
from pathlib import Path

from updateserver.configuration.config import Config
from updateserver.configuration.source import Finding, Node, of_file

_WRONG = "devices that come out of their box are not redirected as meant: {why}"
_UNUSABLE = "no device that comes out of its box is redirected until this is fixed: {why}"
_TWICE = "{count} devices in this file do not count, as redirection/redirection.sqlite is there: remove them here"


def redirection_findings(root: Path, _: Config, __: Node) -> Iterator[Finding]:
    """Yield what the XML file and the projects in SQLite say wrong. Raises OSError."""
    from updateserver.redirection.io import sqlite_registry, xml_registry  # noqa: PLC0415 - few sites redirect
    from updateserver.redirection.io.sqlite_registry import SqliteRegistry  # noqa: PLC0415

    sqlite = root / sqlite_registry.NAME
    if (root / xml_registry.NAME).exists():
        contents = xml_registry.contents(root / xml_registry.NAME)
        for found in contents.findings:
            why = ": ".join(filter(None, (found.element, found.message)))
            yield of_file("error", _UNUSABLE if found.fatal else _WRONG, xml_registry.NAME, found.line, why=why)
        if contents.entries and sqlite.exists():
            yield of_file("warning", _TWICE, xml_registry.NAME, count=len(contents.entries))
    if sqlite.exists():
        for project in SqliteRegistry(sqlite).projects():
            for fault in project.faults:
                yield of_file("error", _WRONG, sqlite_registry.NAME, why=f"project {project.id}: {fault}")
