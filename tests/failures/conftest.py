"""What the tests of failures stand on, and ways to spoil a disk that are undone at the end."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.failures.installation import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "installation")


Mount = Callable[..., None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mount something on a folder, as `mount` does with these options; all of it is undone at the end."""
    mounted: list[Path] = []

    def on(folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", *options, folder], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"file systems cannot be mounted here, that takes root: {done.stderr.strip()}")
        mounted.append(folder)

    yield on
    for folder in reversed(mounted):
        subprocess.run(["umount", "--lazy", folder], capture_output=True, check=False)
