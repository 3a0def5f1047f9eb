"""Each folder is a test."""

import re
from pathlib import Path

from tests.field.field import CASES


def test_each_folder_is_tested() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    tested = set(re.findall(r"def test_(\d\db?)_", tests))
    assert {folder.name.partition("-")[0] for folder in CASES.iterdir()} == tested
