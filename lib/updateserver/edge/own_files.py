"""Reading a file of a data folder for an admin: it itself, never what a link puts in its place."""

import os
from pathlib import Path

from updateserver.edge.files import opened


def own_content(root: Path, folder: str, *below: str) -> bytes | None:
    """Return the file `below` a data folder of the installation, None if there is none or it lies elsewhere.

    The folder itself may be a link: that is how an admin has it on another disk. It is none where the configuration is.
    """
    data = (root / folder).resolve()
    path = data.joinpath(*below)
    if not folder or data in (root.resolve(), (root / "config").resolve()) or path.parent.resolve() != path.parent:
        return None
    try:
        with os.fdopen(opened(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read()
    except (OSError, ValueError):  # ValueError: a name with a NUL
        return None
