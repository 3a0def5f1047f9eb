"""The list of commands: complete, and cheap to print."""

import subprocess
import sys
from pathlib import Path

LIB = Path(__file__).parents[1] / "lib"

COMMANDS = (
    "serve",
    "fastcgi",
    "check-config",
    "simulate",
    "show-script",
    "certificates",
    "redirect",
    "expire",
    "dtd",
    "reference",
)


def python(code: str) -> str:
    path = f"import sys; sys.path.insert(0, {str(LIB)!r});"
    return subprocess.run([sys.executable, "-c", path + code], capture_output=True, text=True, check=True).stdout


def test_help_lists_each_command() -> None:
    listed = python("from updateserver.cli import main; main(['--help'])")
    assert all(f"  {command} " in listed for command in COMMANDS)


def test_help_imports_no_command() -> None:
    imported = python("from updateserver.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)")
    assert not {"aiohttp", "lxml", "cryptography", "rich"} & set(imported.split())
