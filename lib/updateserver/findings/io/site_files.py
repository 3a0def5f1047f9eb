"""Files of the site that lie where nobody reads them, and scripting code that cannot be run."""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from updateserver.base.io.files import content_of
from updateserver.configuration.io.files import OWN, OWN_DEVELOPMENT
from updateserver.configuration.source import Finding, of_file
from updateserver.poll.io.custom_code import NAME as SCRIPTING

_OWN = re.compile(r"user[-_ ]?config(-dvl)?(\.xml)?(\.xml|\.txt)?", re.IGNORECASE)
_OLD_SCRIPTING = re.compile(r"scripting(\.class)?\.php", re.IGNORECASE)
_READ = {OWN, OWN_DEVELOPMENT, SCRIPTING}


def site_files_findings(root: Path, snippets: str) -> Iterator[Finding]:
    """Yield what lies in the wrong place; `snippets` is the folder of snippets."""
    in_root, in_config = _files(root), _files(root / "config")
    yield from _configurations([*in_root, *(f"config/{name}" for name in in_config)])
    if SCRIPTING.partition("/")[2] not in in_config:
        yield from _old_scripting([*in_root, *(f"config/{name}" for name in in_config)])
    if "scripting.py" in in_root:
        yield of_file("warning", "is not read: it belongs into {folder}", "scripting.py", folder="config/")
    if PurePosixPath(snippets) != PurePosixPath():
        for name in in_root:
            if name.lower().endswith(".txt") and name != "robots.txt":
                message = "is delivered to nobody: if it is a snippet, it belongs into {folder}"
                yield of_file("warning", message, name, folder=f"{snippets}/")
    yield from _scripting(root)


def _files(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_file())
    except OSError:
        return []


def _configurations(names: list[str]) -> Iterator[Finding]:
    for name in names:
        if _OWN.fullmatch(PurePosixPath(name).name) and name not in _READ:
            yield of_file("warning", "is not read: the site's own configuration is {name}", name, name=OWN)


def _old_scripting(names: list[str]) -> Iterator[Finding]:
    for name in names:
        if _OLD_SCRIPTING.fullmatch(PurePosixPath(name).name):
            message = "is no longer read, so what it sends is missing: write it anew as {name}"
            yield of_file("error", message, name, name=SCRIPTING)


def _scripting(root: Path) -> Iterator[Finding]:
    try:
        compile(content_of(root / SCRIPTING), SCRIPTING, "exec", dont_inherit=True)
    except OSError:
        return
    except (SyntaxError, ValueError) as problem:
        message = "cannot be run, devices get the standard snippets only: {why}"
        yield of_file("error", message, SCRIPTING, getattr(problem, "lineno", 0) or 0, why=problem)
