"""New files that nobody else may read: keys, secrets."""

import os
import stat
from pathlib import Path
from threading import Barrier, Thread

import pytest

from updateserver.base.io.files import create


def test_a_new_file_is_private_and_never_replaced(tmp_path: Path) -> None:
    file, before = tmp_path / "new" / "key.pem", os.umask(0)
    try:
        create(file, b"first")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError) as error:
        create(file, b"second")
    assert error.value.filename == str(file)
    assert file.read_bytes() == b"first"
    assert [path.name for path in file.parent.iterdir()] == ["key.pem"]


def test_of_many_at_once_one_is_first(tmp_path: Path) -> None:
    file, barrier, made = tmp_path / "secret", Barrier(8), list[int]()

    def make(number: int) -> None:
        barrier.wait()
        try:
            create(file, f"{number}".encode() * 1000)
        except FileExistsError:
            return
        made.append(number)

    threads = [Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert file.read_bytes() == f"{made[0]}".encode() * 1000


def test_without_hard_links_a_new_file_is_made_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")  # as a FAT file system says

    monkeypatch.setattr(os, "link", link)
    create(tmp_path / "secret", b"first")
    with pytest.raises(FileExistsError):
        create(tmp_path / "secret", b"second")
    assert (tmp_path / "secret").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
