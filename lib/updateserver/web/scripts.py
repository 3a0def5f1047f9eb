"""Take the WSGI applications out of the entry scripts of an installation.

Nothing is run but the scripts' own module level.
"""

import importlib.util
import sys
from typing import TYPE_CHECKING

from updateserver.web.answer import answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SCRIPTS = (("update",), ("update-migrate",), ("redirect",), ("admin", "admin"))
DEFAULT = "init"  # what devices call by default, at the top of a host: another name of `redirect.py`


def applications(root: "Path") -> "Mapping[tuple[str, ...], WSGIApplication]":
    """Map the names in URLs, with `.py` and with `.php`, to the application that answers them.

    Raises FileNotFoundError without an `update.py`; the other scripts may be missing.
    """
    if not (root / "update.py").is_file():
        raise FileNotFoundError(f"no update.py in {root}: this is not the folder of an update server")
    found: dict[tuple[str, ...], WSGIApplication] = {}
    for *folders, stem in _SCRIPTS:
        script = root.joinpath(*folders, f"{stem}.py")
        if not script.is_file():
            continue
        application = _application_of(script)
        # Devices of a migrated site go on calling update.php, and bookmarks admin.php.
        for suffix in (".py", ".php"):
            found[*folders, stem + suffix] = application
        if stem == "redirect":
            found[(DEFAULT,)] = application
    return found


def by_script_name(root: "Path") -> "WSGIApplication":
    """Make one application of all: the last part of `SCRIPT_NAME` tells which of them a call is for.

    Raises what `applications` raises.
    """
    known = {names[-1]: application for names, application in applications(root).items()}

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        name = environ.get("SCRIPT_NAME", "").rpartition("/")[2]
        if found := known.get(name):
            return found(environ, start_response)
        return answer(start_response, 404, b"# the web server asks for a script that is not there\r\n")

    return application


def _application_of(script: "Path") -> "WSGIApplication":
    # Named after its path: two installations in one process must not share a module.
    name = f"entry script {script.resolve()}"
    spec = importlib.util.spec_from_file_location(name, script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    application: WSGIApplication = module.application
    return application
