"""Which files are the CA's, as `customcerts/@CAkeys` names them."""

import glob
from pathlib import Path
from posixpath import basename, normpath

from updateserver.device.certificate_files import is_of_a_device


def leads_out(folder: str, pattern: str) -> bool:
    """Tell whether the pattern leads out of its folder and out of the installation: such a one names nothing."""
    return _climbs(pattern.lstrip("/")) and (folder.startswith("/") or _climbs(f"{folder}/{pattern}"))


def _climbs(path: str) -> bool:
    return normpath(path).split("/", maxsplit=1)[0] == ".."


def names_in(root: Path, folder: str, pattern: str) -> list[str]:
    """Return the names of the CA's files in the certificate folder, `customcerts/@dir`, in the order of their delivery.

    The pattern is one as PHP's `glob` takes it, so it may name folders: `ca/*.cer`. Folders and files of devices do not
    count.
    """
    # PHP's glob takes [^a] for "all but a", Python's takes [!a] only.
    pattern = pattern.lstrip("/").replace("[^", "[!")
    if not folder or not pattern or leads_out(folder, pattern):
        return []
    place = root / folder
    names = sorted(glob.glob(pattern, root_dir=place))  # noqa: PTH207 -- pathlib's names have the folder before them
    # A pattern such as * also means what devices uploaded: that must never go out as a CA's certificate.
    return [name for name in names if not is_of_a_device(basename(name)) and not (place / name).is_dir()]
