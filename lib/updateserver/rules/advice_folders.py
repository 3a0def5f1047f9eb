"""Folders that are not below the installation or have another purpose already."""

from collections.abc import Iterator
from posixpath import normpath

from updateserver.model.configuration import Config
from updateserver.model.source import Finding, Node, warning

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
