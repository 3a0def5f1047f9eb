"""The list of attempts is true: each test that it names exists, and each file of this folder is in it."""

import re
from pathlib import Path

HERE = Path(__file__).parent
TEXT = (HERE / "README.md").read_text()


def test_each_test_that_the_list_names_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", TEXT)
    assert len(named) > 50
    for file, test in named:
        path = HERE / file if "/" not in file else HERE.parent / file
        assert f"def {test}(" in path.read_text(), f"{file}::{test}"


def test_each_file_of_the_folder_is_named() -> None:
    files = {path.name for path in HERE.glob("test_*.py")} - {Path(__file__).name}
    assert {file for file in files if f"`{file}" not in TEXT} == set()
