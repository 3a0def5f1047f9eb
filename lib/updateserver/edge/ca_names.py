"""Which files are the CA's, as `customcerts/@CAkeys` names them."""

import glob
from pathlib import Path
from posixpath import basename, normpath

from updateserver.model.certificate_files import is_of_a_device
from updateserver.model.configuration import CustomCerts


def leads_out(certs: CustomCerts) -> bool:
    """Tell whether the pattern leads out of the installation: such a one names nothing."""
    return normpath(f"{certs.dir}/{certs.CAkeys}").split("/", maxsplit=1)[0] == ".."


def names_in(root: Path, certs: CustomCerts) -> list[str]:
    """Return the names of the CA's files in the certificate folder, in the order in which devices get them.

    The pattern is one as PHP's `glob` takes it, so it may name folders: `ca/*.cer`. Folders and files of devices do not
    count.
    """
    pattern = certs.CAkeys.lstrip("/").replace("[^", "[!")
    if not certs.dir or not pattern or leads_out(certs):
        return []
    folder = root / certs.dir
    names = sorted(glob.glob(pattern, root_dir=folder))  # noqa: PTH207 -- pathlib's names have the folder before them
    return [name for name in names if not is_of_a_device(basename(name)) and not (folder / name).is_dir()]
