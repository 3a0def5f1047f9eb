"""Locks: taking one while another is held must never be waiting for oneself."""

import threading
import zlib
from pathlib import Path

import pytest

from updateserver.base.io.files import only_writer

OUTER = ["", "certificates ", "identity ", "holder ", "backup "]
INNER = ["holder IP232-30-00-af", "admin door"]
PAIRS = [(outer, inner) for outer in OUTER for inner in INNER if not outer or not inner.startswith(outer)]


def same_stripe(kind: str, other: str) -> str:
    """Return a name of a kind whose checksum ends as that of another name, which once meant the same lock file."""
    wanted = zlib.crc32(other.encode()) % 256
    return next(
        name
        for name in (f"{kind}00-90-33-00-{number >> 8:02x}-{number & 255:02x}" for number in range(1 << 16))
        if zlib.crc32(name.encode()) % 256 == wanted
    )


@pytest.mark.parametrize(("kind", "inner"), PAIRS)
def test_a_lock_of_another_kind_can_be_taken_inside(tmp_path: Path, kind: str, inner: str) -> None:
    done = threading.Event()

    def nest() -> None:
        with only_writer(tmp_path, same_stripe(kind, inner)), only_writer(tmp_path, inner):
            done.set()

    threading.Thread(target=nest, daemon=True).start()
    assert done.wait(10)
