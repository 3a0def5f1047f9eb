"""What admins do with redirection: assign and remove devices, change projects; each by a form, and noted."""

from dataclasses import replace

from werkzeug.wrappers import Response

from updateserver.base.message import Message
from updateserver.base.refusal import Refusal
from updateserver.poll.io.unknown_devices import accept
from updateserver.redirection.codes import ProvisioningCode
from updateserver.redirection.io.codes import ProvisioningCodes
from updateserver.redirection.io.registry_files import OpenRegistry
from updateserver.redirection.plain import changed, next_project
from updateserver.redirection.registry import HERE, LARGEST_ID, Assignment, Customer, Project
from updateserver.redirection.table import pasted_serials, serial_in
from updateserver.web.admin.context import PageContext
from updateserver.web.admin.pages.redirection.views import Refused, opened, project_of, project_page
from updateserver.web.admin.rendering import link

_MANY = 1000  # selected devices
_TOLD = 20  # faults
_FIELDS = ("name", "comment", "url", "trust", "env", "firmware", "bootcode")


def change(context: PageContext) -> Response:
    """Do what a form asks for. Raises Refusal."""
    now = opened(context)
    if now is None:
        raise Refusal(404, context.translate("There is no such page."))
    match context.field("do"):
        case "paste":
            return _pasted(context, now)
        case "assign":
            return _assigned(context, now)
        case "adopt":
            return _adopted(context, now)
        case "remove":
            return _removed(context, now)
        case "code":
            return _code(context, now)
        case "project":
            return _project(context, now)
    raise Refusal(400, context.translate("There is no such action."))


def _pasted(context: PageContext, now: OpenRegistry) -> Response:
    """Have all numbers of a text in a project, or, where anything is wrong, none of them."""
    project, text = project_of(context, now, context.field("project")), context.field("numbers")
    macs, faults = pasted_serials(text)
    takes_over = context.field("take-over") == "yes"
    foreign = [] if takes_over else [mac for mac in macs if _is_foreign(now, mac, project)]
    if faults or foreign or not macs:
        why = "" if macs or faults else context.translate("No serial number was given.")
        refused = Refused(text, tuple(faults[:_TOLD]), tuple(foreign[:_TOLD]), why)
        return project_page(context, now, project, refused)
    done = now.registry.assign([Assignment(mac, project.id) for mac in macs], take_over=takes_over)
    fresh = done.new + done.moved
    context.note(
        "redirect",
        macs[0] if len(macs) == 1 else "",
        Message("project {project}: {count}", project=project.id, count=len(macs)),
    )
    notice = context.translate.count("{n} device added.", "{n} devices added.", fresh)
    return context.forward(link("redirection", project=project.id), notice)


def _is_foreign(now: OpenRegistry, mac: str, project: Project) -> bool:
    return any(place.customer.id != project.customer.id for place in now.registry.places(mac))


def _assigned(context: PageContext, now: OpenRegistry) -> Response:
    """Have chosen devices in a project."""
    project = project_of(context, now, context.field("project"))
    return _put(context, now, project, ())


def _adopted(context: PageContext, now: OpenRegistry) -> Response:
    """Send chosen devices to this update server, with environments, and let them in."""
    known = {project.id: project for project in now.registry.projects()}
    project = next((one for one in known.values() if one.url == HERE), None)
    if project is None:
        owner = next(iter(now.registry.customers()), Customer(1))
        project = replace(next_project(known, owner), name="Update Server", url=HERE)
        now.registry.put_project(project)
        context.note("change project", str(project.id), HERE)
    names = [name for name in context.request.form.getlist("env") if name in context.config.environments]
    if context.config.status.approve:
        for mac in _chosen(context):
            if accept(context.resources.installation, context.config, mac, context.session.user or "", context.now):
                context.note("accept", mac)
    return _put(context, now, project, tuple(names))


def _put(context: PageContext, now: OpenRegistry, project: Project, environments: tuple[str, ...]) -> Response:
    macs = _chosen(context)
    done = now.registry.assign([Assignment(mac, project.id, environments) for mac in macs])
    for mac in macs:
        if mac not in done.refused:
            context.note("redirect", mac, _details(project, environments))
    count = len(macs) - len(done.refused)
    notice = context.translate.count("{n} device added.", "{n} devices added.", count)
    if done.refused:
        notice += " " + context.translate("Owned by another customer: {macs}", macs=", ".join(done.refused[:_TOLD]))
    return context.forward(_back(context), notice)


def _removed(context: PageContext, now: OpenRegistry) -> Response:
    macs = _chosen(context)
    count = now.registry.release(macs)
    for mac in macs:
        context.note("redirect no more", mac)
    return context.forward(
        _back(context), context.translate.count("{n} device removed.", "{n} devices removed.", count)
    )


def _project(context: PageContext, now: OpenRegistry) -> Response:
    """Change a project, or make one."""
    known = {project.id: project for project in now.registry.projects()}
    if context.field("project"):
        project = project_of(context, now, context.field("project"))
    else:
        number = context.field("customer")
        if not (number.isascii() and number.isdecimal() and len(number) < 17 and 0 < int(number) <= LARGEST_ID):  # noqa: PLR2004
            raise Refusal(400, context.translate("A project needs the number of its customer."))
        customers = {one.id: one for one in now.registry.customers()}
        project = next_project(known, customers.get(int(number)) or Customer(int(number)))
    try:
        fresh = changed(project, {name: context.field(name) for name in _FIELDS if name in context.request.form})
    except ValueError as error:
        if project.id in known:
            return project_page(context, now, project, Refused(why=str(error)))
        raise Refusal(400, str(error)) from error
    now.registry.put_project(fresh)
    context.note("change project", str(fresh.id), fresh.target)
    return context.forward(link("redirection", project=fresh.id), context.translate("The project is stored."))


def _code(context: PageContext, now: OpenRegistry) -> Response:
    """Make a provisioning code and show it."""
    project = project_of(context, now, context.field("project"))
    names = [name for name in context.request.form.getlist("env") if name in context.config.environments]
    wanted = ProvisioningCode("", project.id, tuple(names), context.field("name").strip())
    for fault in wanted.assignment("").faults:
        return project_page(context, now, project, Refused(why=fault))
    made = ProvisioningCodes(context.resources.root).make(wanted)
    context.note("make provisioning code", "", _details(project))
    notice = context.translate(
        "Provisioning code {code}, good once until {time}.", code=made.shown, time=context.translate.time(made.until)
    )
    return context.forward(link("redirection", project=project.id), notice)


def _chosen(context: PageContext) -> list[str]:
    """Return the chosen serial numbers. Raises Refusal."""
    try:
        macs = [serial_in(sn) for sn in context.request.form.getlist("sn")[:_MANY]]
    except ValueError as error:
        raise Refusal(400, str(error)) from error
    if not macs:
        raise Refusal(400, context.translate("No device was selected."))
    return macs


def _back(context: PageContext) -> str:
    wanted = context.field("next")
    return wanted if wanted.startswith("?mode=redirection") else "?mode=redirection"


def _details(project: Project, environments: tuple[str, ...] = ()) -> Message:
    """Return what the audit log says of where devices are sent."""
    if environments:
        return Message("project {project}, {names}", project=project.id, names=",".join(environments))
    return Message("project {project}", project=project.id)
