"""Who passed on calls for others without being named in `times/@proxies`: a small file below cache/, rarely written.

Nothing is decided by it. Anybody can get in, so it is short, and written at most once a minute.
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from updateserver.base.io.files import replace
from updateserver.base.times import WEEK
from updateserver.configuration.config import Config
from updateserver.configuration.source import Finding, Node, error, warning
from updateserver.trust.addresses import named

_FILE = "cache/unnamed-proxies"
_MANY = 20
_LATELY = WEEK  # seconds
_RARELY = 60  # seconds
_LARGEST = 4096  # bytes
_UNNAMED = (
    "calls were passed on by {addresses}: if these are reverse proxies of yours, name them here, or all callers behind "
    "them count as one; if not, someone pretends to be one"
)
_SIGNED_FOR = f"{_UNNAMED}; customcerts/@network signs for whoever calls through a proxy in it"


def note(root: Path, address: str, now: int) -> None:
    """Keep that this address passed on a call."""
    path = root / _FILE
    with contextlib.suppress(OSError):  # it is only told
        known = _read(path)
        if 0 <= now - known.get(address, 0) < _LATELY // 2:
            return
        if known and 0 <= now - max(known.values()) < _RARELY:
            return
        kept = sorted((known | {address: now}).items(), key=lambda entry: entry[1])[-_MANY:]
        replace(path, "".join(f"{one} {then}\n" for one, then in kept).encode())


def proxy_findings(root: Path, config: Config, merged: Node) -> Iterator[Finding]:
    """Yield what is wrong with `times/@proxies`, as calls show."""
    with contextlib.suppress(OSError):
        now, known = int(time.time()), named(config.times.proxies)
        seen = [
            one for one, then in _read(root / _FILE).items() if 0 <= now - then < _LATELY and not known.includes(one)
        ]
        if not seen:
            return
        is_signing = config.customcerts.auto_sign_off and config.customcerts.network and not config.times.proxies
        tell, message = (error, _SIGNED_FOR) if is_signing else (warning, _UNNAMED)
        yield tell(message, merged.one("times"), "times", "proxies", addresses=", ".join(seen))


def _read(path: Path) -> dict[str, int]:
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        lines = file.read(_LARGEST).decode("ascii", "replace").splitlines()
    pairs = [line.split() for line in lines]
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal() and len(pair[1]) < 13}  # noqa: PLR2004
