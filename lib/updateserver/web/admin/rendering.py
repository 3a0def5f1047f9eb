"""Templates become pages; each answer gets the headers that keep browsers from being tricked."""

import hashlib
from collections.abc import Iterable
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Response

from updateserver import __version__
from updateserver.base.io.files import readable
from updateserver.fleet.certificate_status import certificate_status
from updateserver.fleet.rows import LogEntry

IPV6 = 6

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def secured(response: Response) -> Response:
    """Add the headers that each answer has."""
    response.headers.update(_HEADERS)
    return response


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        # A misspelled name in a template is an error, and does not just show nothing.
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["version"] = __version__
    environment.globals["link"] = link
    environment.globals["device_url"] = device_url
    environment.globals["certificate_status"] = certificate_status
    environment.globals["newest_call_first"] = newest_call_first
    return environment


def html(template: str, values: dict[str, Any]) -> str:
    """Return a page; all values are escaped, and of bytes that are not UTF-8 it is shown that there are some."""
    return _environment().get_template(template).render(values).encode("utf-8", "replace").decode()


def link(mode: str, **arguments: Any) -> str:
    """Return the address of a page, relative to the script; arguments that are empty are left out."""
    given = {name: value for name, value in arguments.items() if value not in ("", None, 0, False)}
    return "?" + urlencode({"mode": mode, **given}, doseq=True, errors="surrogateescape")


def device_url(scheme: str, ip: str) -> str:
    """Return the URL of a device by the address that it told; "" if that is none, as it could lead anywhere."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    if "%" in ip:  # a zone of the device's own network, which could hold any characters
        return ""
    return f"{scheme}://{f'[{address}]' if address.version == IPV6 else address}/"


def newest_call_first(log: Iterable[LogEntry]) -> list[LogEntry]:
    """Return a log with the calls in reverse order; what belongs to one call stays in its order."""
    calls: list[list[LogEntry]] = [[]]
    for entry in log:
        if entry.is_ruler:
            calls.append([])
        calls[-1].append(entry)
    return [entry for call in reversed(calls) for entry in call]


@cache
def web_stamp(root: Path) -> str:
    """Return what changes when a file for browsers changes, so that none goes on with an old one."""
    digest = hashlib.sha256()
    for path in sorted((root / "web").glob("*.*")):
        # Part of each link to a file in web/, as web servers let browsers keep those.
        digest.update(readable(path) or b"")
    return digest.hexdigest()[:12]
