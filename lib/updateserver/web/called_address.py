"""By which host, script and scheme we were called, as far as the web server and the caller say so."""

import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from updateserver.base.refusal import Refusal
from updateserver.poll.url import port_of

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(:\d{1,5})?", re.ASCII)
# Devices of a migrated site go on calling update.php.
_SCRIPTS = (".php", ".py")
_SCRIPT = re.compile(r"(?:/[^/]*)*?/[^/]+\.(?:php|py)(?=/|$)")
_ON = ("on", "1", "yes", "true")  # most servers write the first, some admins one of the others


def is_https(environ: Mapping[str, Any]) -> bool:
    """Tell whether the call reached the web server by HTTPS."""
    return str(environ.get("HTTPS") or "").lower() in _ON


def called_script(script: str, rest: str) -> str:
    """Return the path of the script that was called, of `SCRIPT_NAME` and `PATH_INFO`.

    What stands behind the script does not matter. A WSGI server, which knows of no scripts, tells all in `PATH_INFO`.
    """
    if not script.endswith(_SCRIPTS) and (found := _SCRIPT.match(rest)):
        return script.rstrip("/") + found[0]
    return script or "/update.php"


def called_host(environ: Mapping[str, Any], *, https: bool, port: str) -> str:
    """Return the host that a call names, with its port; where it names none, what the web server knows of itself.

    `port` is the one at which a proxy was called, "" without such. Raises Refusal.
    """
    named: str | None = environ.get("HTTP_HOST")
    if named is None:
        return _own_host(environ, https=https, port=port)
    host = _as_in_urls(named)
    # The host becomes part of the URL that the device calls from now on, so nothing but a name or an address may stand
    # there.
    if not _is_host(host):
        raise Refusal(400, "the Host header is neither a name nor an address")
    return host


def _own_host(environ: Mapping[str, Any], *, https: bool, port: str) -> str:
    own = (_as_in_urls(str(environ.get(name) or "")) for name in ("SERVER_NAME", "SERVER_ADDR"))
    host = next((one for one in own if one.strip("_") and _is_host(one)), "localhost")  # _ is nginx's word for any
    port = port or str(environ.get("SERVER_PORT") or "")
    is_told = port_of(host) or not port.isdigit() or port == ("443" if https else "80")
    return host if is_told else f"{host}:{port}"


@lru_cache(maxsize=64)
def _as_in_urls(host: str) -> str:
    """Return a host as it stands in URLs: brackets around an address of IPv6, no colon without a port behind it."""
    try:
        return f"[{ipaddress.IPv6Address(host)}]" if "%" not in host else host
    except ValueError:
        return host.removesuffix(":")


@lru_cache(maxsize=64)
def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None
