"""The rooms of lib/updateserver are as docs/architecture.md says: in order, and what decides apart from what acts."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "lib" / "updateserver"
ARCHITECTURE = Path(__file__).parents[1] / "docs" / "architecture.md"

# Subjects in their order: each may import those before it.
SUBJECTS = (
    "base",
    "configuration",
    "trust",
    "device",
    "backups",
    "poll",
    "certificates",
    "fleet",
    "login",
    "redirection",
    "findings",
    "web",
    "cli",
)
# What each may import beside the standard library and the rooms before it.
DECIDING = {"lxml", "cryptography"}
LIBRARIES = dict.fromkeys(SUBJECTS, DECIDING) | {
    "poll": DECIDING | {"pcre2"},  # the configuration's patterns are PCRE, which the standard library is not
    "web": DECIDING | {"flup", "aiohttp", "jinja2", "markupsafe", "werkzeug", "segno"},
    "cli": DECIDING | {"flup", "aiohttp", "click", "rich"},
    "virtual": {"cryptography"},
}
# What decides has no input and output: it imports no io/ of any room, and none of these.
ACTING = {
    "os",
    "socket",
    "subprocess",
    "shutil",
    "tempfile",
    "threading",
    "asyncio",
    "time",
    "http",
    "fcntl",
    "sqlite3",
}
# Where there is nothing but acting, there is no io/.
ALL_ACTING = {"web", "cli", "virtual"}
# A parser for each thread is no I/O.
EXEMPT = {("base/hostile_xml.py", "threading")}
LINES = 300
MODULES = 15


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if len(path.relative_to(PACKAGE).parts) > 1)


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def imported_by(path: Path) -> Iterator[str]:
    """Yield what a file imports, as dotted names; those of the program without its name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("updateserver.") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are written in full"
            module = node.module or ""
            if module == "updateserver" or module.startswith("updateserver."):
                inside = module.removeprefix("updateserver").removeprefix(".")
                yield from (f"{inside}.{alias.name}".removeprefix(".") for alias in node.names)
            else:
                yield module


def allowed_for(room: str) -> set[str]:
    before = set(SUBJECTS[: SUBJECTS.index(room)]) if room in SUBJECTS else set()
    if room == "cli":
        before.add("virtual")
    # beside the rooms: the version, and what a site's own code builds on
    return before | LIBRARIES[room] | {room, "updateserver", "__version__", "scripting"} | set(sys.stdlib_module_names)


def test_each_room_is_in_the_order() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms == {*SUBJECTS, "virtual"}


def test_a_module_imports_only_what_its_room_may() -> None:
    found = {
        (name_of(path), name)
        for path in modules()
        for name in imported_by(path)
        if name.split(".")[0] not in allowed_for(path.relative_to(PACKAGE).parts[0])
    }
    assert found == set()


def deciding() -> list[Path]:
    parts = {path: path.relative_to(PACKAGE).parts for path in modules()}
    return [path for path in modules() if parts[path][0] not in ALL_ACTING and "io" not in parts[path]]


def test_what_decides_does_not_act() -> None:
    acting = {
        (name_of(path), name)
        for path in deciding()
        for name in imported_by(path)
        if name.split(".")[0] in ACTING or "io" in name.split(".")[1:]
    }
    assert acting - EXEMPT == set()
    calls = [(path, node) for path in deciding() for node in ast.walk(ast.parse(path.read_text()))]
    named = [
        (name_of(path), node.func.id)
        for path, node in calls
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert [(path, name) for path, name in named if name in {"open", "print"}] == []


def test_a_module_is_no_longer_than_one_can_read() -> None:
    lines = {name_of(path): len(path.read_text().splitlines()) for path in modules()}
    assert {name: count for name, count in lines.items() if count > LINES} == {}


def test_a_folder_holds_no_more_modules_than_one_can_see() -> None:
    folders = {path.parent for path in modules()}
    counts = {name_of(folder): sum(1 for path in folder.glob("*.py") if path.stem != "__init__") for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > MODULES} == {}


def test_each_room_is_described() -> None:
    text = ARCHITECTURE.read_text()
    assert [room for room in (*SUBJECTS, "virtual") if f"| `{room}/` |" not in text] == []
