"""What the page shows: projects, devices of one, one device with its calls, and unknown devices that called."""

import json
from dataclasses import dataclass
from itertools import islice
from typing import Any

from werkzeug.wrappers import Response

from updateserver.base.names import canonical, is_serial
from updateserver.base.refusal import Refusal
from updateserver.base.times import DAY
from updateserver.redirection.discovery import Called
from updateserver.redirection.io.calls import Calls
from updateserver.redirection.io.codes import ProvisioningCodes
from updateserver.redirection.io.registry_files import OpenRegistry, RegistryBroken, RegistryFiles
from updateserver.redirection.registry import Project
from updateserver.web.admin.context import PageContext

_ROWS = 100  # devices or projects that are shown at once
_MOST = 1000  # calls in one answer of JSON
_NUMBER = 17  # digits


@dataclass(frozen=True, slots=True)
class Refused:
    """What an admin sent and could not be taken as it is."""

    text: str = ""  # that was pasted
    faults: tuple[str, ...] = ()  # of its lines
    foreign: tuple[str, ...] = ()  # serial numbers that belong to another customer
    why: str = ""


def opened(context: PageContext) -> OpenRegistry | None:
    """Return what is known, None where no redirection is set up. Raises Refusal."""
    try:
        return RegistryFiles(context.resources.root).open()
    except RegistryBroken as broken:
        raise Refusal(500, context.translate("The redirection data cannot be used: {why}", why=str(broken))) from broken


def project_of(context: PageContext, now: OpenRegistry, text: str) -> Project:
    """Return the project of this number. Raises Refusal."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < _NUMBER else 0
    found = next((project for project in now.registry.projects() if project.id == number), None)
    if found is None:
        raise Refusal(404, context.translate("There is no such project."))
    return found


def redirection(context: PageContext) -> Response:
    """Show projects and unknown devices, or what was searched for."""
    now = opened(context)
    if now is None:
        return context.page("redirection_off.html")
    wanted = context.argument("search").strip()[:100]
    if is_serial(number := canonical(wanted)):
        return _device(context, now, number)
    if context.argument("project"):
        return project_page(context, now, project_of(context, now, context.argument("project")))
    return overview(context, now, wanted)


def overview(context: PageContext, now: OpenRegistry, wanted: str = "") -> Response:
    """Show projects, and devices that called and are in none."""
    every = now.registry.projects()
    found = [project for project in every if wanted.lower() in _searched(project)]
    shown = [(project, now.registry.count(project.id)) for project in found[:_ROWS]]
    unknown, is_here = _unknown(context, now), context.argument("from") == "here"
    return context.page(
        "redirection.html", shown=shown, matching=len(found), total=now.registry.count(), wanted=wanted, every=every,
        unknown=unknown, is_here=is_here, environments=sorted(context.config.environments),
    )  # fmt: skip


def project_page(context: PageContext, now: OpenRegistry, project: Project, refused: Refused | None = None) -> Response:
    """Show a project with its devices, and the forms to change it."""
    since = canonical(context.argument("since"))
    found = list(islice(now.registry.entries(project.id, since if is_serial(since) else ""), _ROWS + 1))
    codes = ProvisioningCodes(context.resources.root).all()
    values: dict[str, Any] = {
        "project": project,
        "devices": found[:_ROWS],
        "following": found[_ROWS].mac if len(found) > _ROWS else "",
        "count": now.registry.count(project.id),
        "pasted": refused or Refused(),
        "codes": [code for code in codes if code.project == project.id],
        "environments": sorted(context.config.environments),
    }
    return context.page("redirection_project.html", 400 if refused else 200, **values)


def calls(context: PageContext) -> Response:
    """Return calls as JSON, in the shape of the vendor's service, to whoever is logged in."""
    now = opened(context)
    if now is None:
        raise Refusal(404, context.translate("There is no such page."))
    address = (context.call.certain_address or "-") if context.argument("from") == "here" else ""
    found = _remembered(context).newest(_since(context, now), address=address, limit=_MOST)
    content = json.dumps([call.plain for call in found], ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, content_type="application/json")


def _device(context: PageContext, now: OpenRegistry, mac: str) -> Response:
    values: dict[str, Any] = {
        "mac": mac,
        "entry": now.registry.entry(mac),
        "places": now.registry.places(mac),
        "calls": _remembered(context).of(mac, _since(context, now)),
        "every": now.registry.projects(),
        "environments": sorted(context.config.environments),
    }
    return context.page("redirection_device.html", **values)


def _unknown(context: PageContext, now: OpenRegistry) -> list[Called]:
    """Return devices that called and are in no project, each with its last call."""
    address = (context.call.certain_address or "-") if context.argument("from") == "here" else ""
    found = _remembered(context).devices(_since(context, now), customer=0, address=address, limit=_ROWS)
    return [call for call in found if not now.registry.places(call.mac)]


def _remembered(context: PageContext) -> Calls:
    return Calls(context.resources.root / "cache")


def _since(context: PageContext, now: OpenRegistry) -> int:
    return context.now - now.settings.remember * DAY


def _searched(project: Project) -> str:
    texts = (str(project.id), project.name, project.comment, project.url, project.customer.name)
    return "\n".join((*texts, *project.environments, str(project.customer.id))).lower()
