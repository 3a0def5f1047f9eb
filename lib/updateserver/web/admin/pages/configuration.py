"""The configuration in force: each value and where it comes from, what is wrong, the reference device's builds."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from werkzeug.wrappers import Response

from updateserver.base.hostile_xml import parsed
from updateserver.base.io.files import readable
from updateserver.base.secrets import MASK, lines_without_secrets, without_secrets
from updateserver.configuration.source import Finding, Node, walk
from updateserver.findings.io.all import examined
from updateserver.fleet.io.missing_firmware import missing_firmware
from updateserver.fleet.io.snippets import first_texts
from updateserver.poll.facts import Builds
from updateserver.poll.firmware import builds_of
from updateserver.poll.io.reference_device import last_failure
from updateserver.web.admin.context import PageContext

_OWN = "config/user-config"
_LONGEST = 64 * 1024  # bytes of one snippet's text
_MANY = 300  # snippets


@dataclass(frozen=True, slots=True)
class Value:
    """One value in force; `place` is file and line, or the file alone."""

    name: str
    text: str
    place: str
    is_own: bool  # set by the site itself


@dataclass(frozen=True, slots=True)
class Element:
    """One tag with its values."""

    path: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class FirmwareCache:
    """What the reference device said last; `age` in seconds."""

    version: str
    firmware: str
    bootcode: str
    age: int | None
    failure: str


def configuration(context: PageContext) -> Response:
    """Show it; passwords are hidden."""
    resources = context.resources
    _, merged, findings = examined(resources.root)
    texts, count = first_texts(resources.installation, context.config, _MANY, _LONGEST)
    return context.page(
        "configuration.html",
        sections=list(_sections(merged)),
        findings=[_finding(context, finding) for finding in findings],
        cache=_cache(context),
        missing=missing_firmware(resources.installation, resources.index, context.config),
        texts=[(name, "\n".join(lines_without_secrets(text.splitlines()))) for name, text in texts],
        count=count,
    )


def _sections(merged: Node) -> Iterator[tuple[str, list[Element]]]:
    """Yield the first-level tags with all elements in each of them."""
    for top in merged.children:
        inner = [Element(path, tuple(_values(node))) for path, node in walk(top, top.name)]
        yield top.name, [Element(top.name, tuple(_values(top))), *inner]


def _values(node: Node) -> Iterator[Value]:
    for name, text in node.attributes.items():
        origin = node.place(name)
        place = f"{origin.file}:{origin.line}" if origin.line else origin.file
        yield Value(f"@{name}", _shown(name, text), place, origin.file.startswith(_OWN))
    if text := node.text.strip():
        yield Value("", _shown("", text), f"{node.file}:{node.line}", node.file.startswith(_OWN))


def _shown(name: str, text: str) -> str:
    if "password" in name.lower():
        return MASK if text else ""
    return without_secrets(text)


def _finding(context: PageContext, finding: Finding) -> dict[str, str | int | bool]:
    attribute = finding.element.rpartition("@")[2]
    found = "" if finding.found is None else _shown(attribute, finding.found)
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    return {
        "severity": "fatal" if finding.fatal else finding.severity,
        "place": place,
        "element": finding.element,
        "found": found,
        "message": context.translate.finding(finding),
    }


def _cache(context: PageContext) -> FirmwareCache | None:
    if not context.config.master.cache:
        return None
    path = context.resources.root / context.config.master.cache
    failure, content = last_failure(context.config.master, path), readable(path)
    if content is None and failure is None:
        return None
    version, age = _version(content or b""), None
    if content is not None:
        age = max(0, int(time.time() - path.stat().st_mtime))
    builds = _builds(version)
    failure_text = _shown("info", failure.reason) if failure else ""
    return FirmwareCache(version, builds.firmware, builds.bootcode, age, failure_text)


def _version(content: bytes) -> str:
    try:
        system = parsed(content).find("sys")
    except etree.XMLSyntaxError:
        return ""
    return "" if system is None else system.get("version", "")


def _builds(version: str) -> Builds:
    try:
        return builds_of(version)
    except ValueError:
        return Builds("", "")
