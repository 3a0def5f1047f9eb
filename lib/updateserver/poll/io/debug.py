"""What the debug switches of the configuration write, below debug/."""

import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from updateserver.base.io.files import opened
from updateserver.base.names import is_safe
from updateserver.configuration.config import Config

_LOG = logging.getLogger("updateserver.debug")
_FOLDER = "debug"
_TLS = ("HTTPS", "SSL_")


def debug_call(root: Path, config: Config, environ: Mapping[str, Any], args: Mapping[str, str], answer: bytes) -> None:
    """Append a call to the debug files, as `debugscript` and `debugcerts` want it."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S")
    try:
        (root / _FOLDER).mkdir(exist_ok=True)
        if config.debugscript:
            sn = args.get("sn", "")
            # The reference's file names, with -certs whatever is in them.
            name = f"debug-{sn if is_safe(sn) else 'unknown'}-certs.txt"
            text = "".join(f"# {name}={value}\n" for name, value in args.items())
            _append(root / _FOLDER / name, f"# {moment}\n{text}", answer)
        if config.debugcerts:
            text = "".join(f"{name}: {value}\n" for name, value in sorted(environ.items()) if name.startswith(_TLS))
            _append(root / _FOLDER / "Request-Certs.txt", f"{moment} {args.get('sn', '')}\n{text}", b"")
    except OSError as error:
        _LOG.error("cannot write to %s: %s", root / _FOLDER, error)


def _append(path: Path, head: str, content: bytes) -> None:
    with os.fdopen(opened(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab") as file:
        file.write(head.encode("utf-8", "surrogateescape") + content + b"\n")
