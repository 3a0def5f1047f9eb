"""Changes of projects and devices by the JSON API: each may be made again, and nothing else comes of it."""

from dataclasses import replace
from pathlib import Path

from updateserver.base.message import Message
from updateserver.base.refusal import Refusal
from updateserver.redirection.codes import LONGEST, USUAL, ProvisioningCode
from updateserver.redirection.io.codes import ProvisioningCodes
from updateserver.redirection.io.registry_files import OpenRegistry
from updateserver.redirection.plain import changed, environments_of, plain_entry, plain_project, text_of
from updateserver.redirection.registry import LARGEST_ID, Assignment, Customer, Project
from updateserver.web.api.answers import Found
from updateserver.web.api.redirection_asked import ApiCall, as_json, own_project, owned

_FOREIGN = "owned by another customer"


class Devices:
    """One call about one device."""

    def __init__(self, root: Path, now: OpenRegistry, asked: ApiCall) -> None:
        self._root, self._now, self._asked = root, now, asked

    def answer(self, mac: str) -> Found:
        """Tell, add, change or remove a device. Raises Refusal."""
        match self._asked.method:
            case "GET" | "HEAD":
                return self._answer(mac)
            case "PUT":
                return self._put(mac)
            case "DELETE":
                return self._removed(mac)
        raise Refusal(405, "GET, PUT and DELETE are all that is known here")

    def _answer(self, mac: str) -> Found:
        self._insist_on_own(mac)
        entry = self._now.registry.entry(mac)
        if entry is None:
            raise Refusal(404, f"{mac} is in no project")
        return as_json(plain_entry(entry))

    def _put(self, mac: str) -> Found:
        said = self._asked.said()
        project = said.get("project")
        if type(project) is not int or not 0 < project <= LARGEST_ID:
            raise Refusal(400, 'the body says no project: {"project": 10801} would do')
        own_project(self._now, self._asked.customer, project)
        try:
            entry = Assignment(mac, project, environments_of(said, "env"), text_of(said, "name"))
        except ValueError as error:
            raise Refusal(400, str(error)) from error
        for fault in entry.faults:
            raise Refusal(400, fault)
        takes_over = self._asked.customer is None and said.get("take-over") is True
        done = self._now.registry.assign([entry], take_over=takes_over)
        if done.refused:
            raise Refusal(409, _FOREIGN)
        if not done.unchanged:
            self._asked.note(self._root, "redirect", mac, Message("project {project}", project=project))
        return self._answer(mac)

    def _removed(self, mac: str) -> Found:
        self._insist_on_own(mac)
        if self._now.registry.release([mac]):
            self._asked.note(self._root, "redirect no more", mac)
        return as_json({"sn": mac, "project": None})

    def _insist_on_own(self, mac: str) -> None:
        customer = self._asked.customer
        if customer is not None and any(place.customer.id != customer for place in self._now.registry.places(mac)):
            raise Refusal(403, _FOREIGN)


class Projects:
    """One call about one project."""

    def __init__(self, root: Path, now: OpenRegistry, asked: ApiCall) -> None:
        self._root, self._now, self._asked = root, now, asked

    def answer(self, text: str) -> Found:
        """Tell, add, change or remove a project. Raises Refusal."""
        if not (text.isascii() and text.isdecimal() and len(text) < 17 and 0 < int(text) <= LARGEST_ID):  # noqa: PLR2004
            raise Refusal(400, f"{text!r:.40} is no number of a project")
        number = int(text)
        match self._asked.method:
            case "GET" | "HEAD":
                return self._answer(own_project(self._now, self._asked.customer, number))
            case "PUT":
                return self._put(number)
            case "DELETE":
                return self._removed(own_project(self._now, self._asked.customer, number))
        raise Refusal(405, "GET, PUT and DELETE are all that is known here")

    def _answer(self, project: Project) -> Found:
        return as_json(plain_project(project) | {"devices": self._now.registry.count(project.id)})

    def _put(self, number: int) -> Found:
        said, customer = self._asked.said(), self._asked.customer
        known = next((one for one in self._now.registry.projects() if one.id == number), None)
        if known and customer not in (None, known.customer.id):
            raise Refusal(409, "this number is taken: choose another one")
        owner = customer or said.get("customer") or (known.customer.id if known else 0)
        if type(owner) is not int or not 0 < owner <= LARGEST_ID:
            raise Refusal(400, 'the body does not say whose project that is: {"customer": 1527} would do')
        whose = next((one for one in self._now.registry.customers() if one.id == owner), Customer(owner))
        try:
            fresh = changed(replace(known, customer=whose) if known else Project(number, whose), said)
        except ValueError as error:
            raise Refusal(400, str(error)) from error
        if fresh != known:
            self._now.registry.put_project(fresh)
            self._asked.note(self._root, "change project", str(number), fresh.target)
        return self._answer(fresh)

    def _removed(self, project: Project) -> Found:
        if count := self._now.registry.count(project.id):
            raise Refusal(409, f"the project has {count} devices: remove them first")
        self._now.registry.drop_project(project.id)
        self._asked.note(self._root, "remove project", str(project.id))
        return as_json({"id": project.id})


class Codes:
    """One call about provisioning codes."""

    def __init__(self, root: Path, now: OpenRegistry, asked: ApiCall) -> None:
        self._root, self._now, self._asked = root, now, asked

    def answer(self) -> Found:
        """Tell the codes, or make one. Raises Refusal."""
        codes = ProvisioningCodes(self._root)
        if self._asked.method == "POST":
            return self._made(codes)
        if not self._asked.reads:
            raise Refusal(405, "GET and POST are all that is known here")
        own = {project.id for project in owned(self._now, self._asked.customer)}
        return as_json([code.plain for code in codes.all() if code.project in own])

    def _made(self, codes: ProvisioningCodes) -> Found:
        said = self._asked.said()
        project, hours = said.get("project"), said.get("hours", USUAL)
        if type(project) is not int or type(hours) is not int or not 0 < hours <= LONGEST:
            raise Refusal(400, f'{{"project": 10801}} would do, with "hours" from 1 to {LONGEST} if you like')
        own_project(self._now, self._asked.customer, project)
        try:
            wanted = ProvisioningCode("", project, environments_of(said, "env"), text_of(said, "name"))
        except ValueError as error:
            raise Refusal(400, str(error)) from error
        for fault in wanted.assignment("").faults:
            raise Refusal(400, fault)
        made = codes.make(wanted, hours)
        self._asked.note(self._root, "make provisioning code", "", Message("project {project}", project=project))
        return as_json(made.plain)
