"""What is probably not what the admin meant, though the server runs with it. Not needed for serving devices.

Names by which nothing, or too much, is found; queries that ask nothing; folders that lie elsewhere or have another
purpose already; entries of `status/@accept` that mean nobody; switches to look for a mistake that were left on.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from posixpath import normpath

from updateserver.base.similar import most_similar
from updateserver.base.text import lower
from updateserver.configuration.check import CheckResult
from updateserver.configuration.config import FIRST_PASS, Config
from updateserver.configuration.source import Finding, Location, Node, error, walk, warning
from updateserver.configuration.typed import typed
from updateserver.configuration.values import trimmed
from updateserver.device.admission import is_file, means_a_number
from updateserver.findings.addresses import address_advice, firmware_advice
from updateserver.findings.certificates import certificate_advice
from updateserver.findings.words import word_advice

_PLAIN = re.compile("[a-z0-9_.]+")
_IN_FILE_NAMES = (("phases", "phase"), ("environments", "environment"), ("classes", "class"))


def name_advice(merged: Node) -> Iterator[Finding]:
    """Yield names that are hard to find or are never found."""
    for parent, tag in _IN_FILE_NAMES:
        yield from _in_file_names(parent, merged.one(parent).all(tag))
    for node in merged.one("phases").all("phase"):
        if node.get("id").startswith(FIRST_PASS):
            message = "{name} is for the hidden phase that times/@forcestaging makes: choose another name"
            yield warning(message, node, f"phases/{node.name}", "id", name=FIRST_PASS)
    yield from _types(merged)
    yield from _arguments(merged.one("stdargs").all("stdarg"))


def _in_file_names(parent: str, nodes: tuple[Node, ...]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for node in nodes:
        name, path = node.get("id"), f"{parent}/{node.name}"
        small = lower(name)
        if not name.strip():
            yield warning("no name: give it one", node, path, "id")
        elif not _PLAIN.fullmatch(small.replace("-", "")):  # a dash is fatal anyway
            message = "difficult in file names and URLs: write letters without accents, digits, _ and . only"
            yield warning(message, node, path, "id")
        elif small == "all":
            yield warning("its snippets are those for all: choose another name", node, path, "id")
        elif small != name:
            message = "its snippets are looked for as {name}: write it in lower case"
            yield warning(message, node, path, "id", name=repr(small))
        if seen.setdefault(small, name) != name:
            message = "its snippets are those of {name} as well: choose another name"
            yield warning(message, node, path, "id", name=repr(seen[small]))


def _types(merged: Node) -> Iterator[Finding]:
    for path, node in walk(merged):
        if node.tag != "model":
            continue
        if path.startswith("filenames/"):
            if node.get("id") != lower(node.get("id")).strip():
                yield warning("never found: write the type in lower case", node, path, "id")
        elif not node.text.strip():
            yield warning("no type: write one, such as ip112", node, path)
        elif node.text != node.text.strip():
            yield Finding(
                "warning", "never found: write the type without white space around it", node.origin, path, node.text
            )


def _arguments(nodes: tuple[Node, ...]) -> Iterator[Finding]:
    seen: dict[str, Node] = {}
    for node in nodes:
        first = seen.setdefault(node.get("key"), node)
        if first is not node:
            message = "has no effect: the one at {place} is used; remove this one"
            yield warning(message, node, f"stdargs/{node.name}", place=f"{first.file}:{first.line}")


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


_OF_THE_PROGRAM = ("lib", "admin", "web", "config", "docs", "tests", "bench", "debug", "fw")


def folder_advice(merged: Node, config: Config) -> Iterator[Finding]:
    """Yield folders that are outside, taken, or shared, and backups that are not kept for another reason."""
    taken: dict[str, str] = {}
    for tag, folder in (
        ("times", config.times.dir),
        ("status", config.status.dir),
        ("backup", config.backup.dir),
        ("customcerts", config.customcerts.dir),
    ):
        if folder:
            yield from _folder(merged.one(tag), normpath(folder), taken)
    if config.master.cache and _is_outside(normpath(config.master.cache)):
        yield warning("outside of the installation: name a file below it", merged.one("master"), "master", "cache")
    if config.backup.dir and (config.backup.nbackups <= 0 or not config.backup.scfg):
        message = "no backups are made, those that are there stay: nbackups and scfg must be set as well"
        yield warning(message, merged.one("backup"), "backup", "dir")


def _folder(node: Node, folder: str, taken: dict[str, str]) -> Iterator[Finding]:
    if _is_outside(folder):
        yield warning("outside of the installation: name a folder below it", node, node.tag, "dir")
    elif folder == "." or folder.split("/", maxsplit=1)[0] in _OF_THE_PROGRAM:
        yield warning("belongs to the program: name a folder of its own", node, node.tag, "dir")
    elif folder in taken:
        yield warning(
            "is {other} as well: name a folder of its own", node, node.tag, "dir", other=f"{taken[folder]}/@dir"
        )
    taken.setdefault(folder, node.tag)


def _is_outside(path: str) -> bool:
    return path.startswith(("/", "..")) or "\\" in path


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


def all_findings(outcome: CheckResult) -> tuple[Finding, ...]:
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

    What is wrong with a default is to be fixed in the site's own file, `own`: nobody edits the defaults.
    """
    return tuple(
        sorted(
            {_where_it_is_changed(finding, own) for finding in findings},
            key=lambda finding: (not finding.fatal, finding.severity, finding.origin, str(finding)),
        )
    )


def _where_it_is_changed(finding: Finding, own: str) -> Finding:
    is_default = finding.file and finding.file != own and "/@" in finding.element
    return replace(finding, origin=Location(own, 0)) if is_default else finding
