"""The rooms of lib/updateserver import only what docs/architecture.md allows them to."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lib" / "updateserver"

BELOW_CLI = {"model", "rules", "edge", "web", "lxml", "cryptography", "flup", "aiohttp"}
BELOW_CLI |= {"jinja2", "markupsafe", "werkzeug", "segno"}  # the admin's pages

# What each room may import beside the standard library and itself: other rooms, and libraries.
ALLOWED = {
    "model": set(),
    "rules": {"model", "pcre2"},  # pcre2: the configuration's patterns are PCRE, which the standard library is not
    "edge": {"model", "rules", "lxml", "cryptography"},
    "web": BELOW_CLI - {"web"},
    "cli": BELOW_CLI | {"virtual", "click", "rich"},
    "virtual": {"cryptography"},
}

# Rooms without input and output also do without these.
PURE = {"model", "rules"}
IMPURE = {"os", "socket", "subprocess", "shutil", "tempfile", "threading", "asyncio", "time", "http"}


def imported_by(path: Path) -> Iterator[str]:
    """Yield what a file imports: names of rooms without the package's name, and top-level names of libraries."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (_short(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are written in full"
            if node.module == "updateserver":
                yield from (alias.name for alias in node.names if (PACKAGE / alias.name).is_dir())
            else:
                yield _short(node.module or "")


def imports_of(room: str) -> set[tuple[str, str]]:
    """Return file and imported name of each import in a room."""
    files = (PACKAGE / room).rglob("*.py")
    return {(str(path.relative_to(PACKAGE)), name) for path in files for name in imported_by(path)}


def _short(module: str) -> str:
    first, *rest = module.split(".")
    return rest[0] if first == "updateserver" and rest else first


def test_each_room_has_its_rules() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms == set(ALLOWED)


@pytest.mark.parametrize("room", ALLOWED)
def test_room_imports_only_what_it_may(room: str) -> None:
    allowed = ALLOWED[room] | {room, "updateserver"} | sys.stdlib_module_names
    assert {entry for entry in imports_of(room) if entry[1] not in allowed} == set()


@pytest.mark.parametrize("room", sorted(PURE))
def test_deciding_room_has_no_input_and_output(room: str) -> None:
    assert {entry for entry in imports_of(room) if entry[1] in IMPURE} == set()
