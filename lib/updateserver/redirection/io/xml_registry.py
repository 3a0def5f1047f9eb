"""Customers, projects and devices in `config/redirection.xml`: for small sites, whose admins edit it by hand.

What a command changes is written into the file as it stands, with the comments and blanks that people put there.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from lxml import etree

from updateserver.base.io.files import content_of, only_writer, replace
from updateserver.configuration.xml_source import Unreadable, parsed, tolerated
from updateserver.redirection.io import xml_changes
from updateserver.redirection.reading import Contents, contents_of
from updateserver.redirection.registry import Assigned, Assignment, Customer, Project, Registry

NAME = "config/redirection.xml"
EMPTY = b'<?xml version="1.0" encoding="UTF-8"?>\n<redirection>\n</redirection>\n'
MANY = 5000  # devices: beyond them, a poll that reads the file would take too long

_T = TypeVar("_T")


def contents(path: Path) -> Contents:
    """Return what the file says. Raises OSError."""
    return _read(content_of(path))


def _read(content: bytes) -> Contents:
    try:
        found = contents_of(parsed(content, NAME))
    except Unreadable as problem:
        found = Contents()
        found.findings.append(problem.finding)
        return found
    # What counts as nothing in a configuration may be a customer's devices here: then nobody is sent anywhere.
    found.findings += (dataclasses.replace(finding, fatal=True) for finding in tolerated(content, NAME))
    return found


class XmlRegistry(Registry):
    """The registry in this file, as it was read or last changed."""

    def __init__(self, path: Path, read: Contents, locks: Path) -> None:
        self._path, self._locks = path, locks
        self._take(read)

    def _take(self, read: Contents) -> None:
        self._contents = read
        self._projects = {project.id: project for project in read.projects}
        self._places: dict[str, dict[int, Assignment]] = {}  # by serial number and project
        for entry in read.entries:
            self._places.setdefault(entry.mac, {}).setdefault(entry.project, entry)

    def places(self, mac: str) -> Sequence[Project]:
        """Return the projects that a device belongs to."""
        found = sorted(self._places.get(mac, {}).items())
        return [
            dataclasses.replace(
                self._projects[number], environments=entry.environments or self._projects[number].environments
            )
            for number, entry in found
        ]

    def customers(self) -> Sequence[Customer]:
        """Return all customers, by id."""
        return sorted(self._contents.customers, key=lambda customer: customer.id)

    def projects(self) -> Sequence[Project]:
        """Return all projects, by id."""
        return [self._projects[number] for number in sorted(self._projects)]

    def count(self, project: int | None = None) -> int:
        """Return how many devices a project has, or all together."""
        return sum(1 for _ in self.entries(project))

    def entries(self, project: int | None = None, since: str = "") -> Iterator[Assignment]:
        """Return the devices, of a project or all, by serial number; from that of `since` on."""
        for mac in sorted(mac for mac in self._places if mac >= since):
            places = self._places[mac]
            yield from (places[place] for place in sorted(places) if project in (None, place))

    def entry(self, mac: str) -> Assignment | None:
        """Return the first entry of a device, None where there is none."""
        places = self._places.get(mac)
        return places[min(places)] if places else None

    def put_customer(self, customer: Customer) -> None:
        """Add a customer, or change the one of this id."""
        self._change(lambda root: xml_changes.put_customer(root, customer))

    def put_project(self, project: Project) -> None:
        """Add a project, or change the one of this id; its customer is added as well."""
        self._change(lambda root: xml_changes.put_project(root, project))

    def drop_project(self, project: int) -> bool:
        """Remove a project and all that it says of devices; return whether there was one."""
        return self._change(lambda root: xml_changes.drop_project(root, project))

    def assign(self, devices: Iterable[Assignment], *, take_over: bool = False) -> Assigned:
        """Have each device in this project and in no other one of its customer."""
        entries = list(devices)
        if len({entry.mac for entry in entries} | set(self._places)) > MANY:
            raise OSError(None, f"more than {MANY} devices are too many: `redirect use-sqlite` helps", str(self._path))
        return self._change(lambda root: xml_changes.assign(root, entries, take_over=take_over))

    def release(self, macs: Iterable[str], project: int | None = None) -> int:
        """Have devices in no project, or no longer in this one; return how many were."""
        return self._change(lambda root: xml_changes.release(root, set(macs), project))

    def empty(self) -> None:
        """Remove all customers with their projects and devices; the settings stay."""
        self._change(xml_changes.drop_customers)

    def _change(self, change: Callable[["etree._Element"], _T]) -> _T:
        with only_writer(self._locks, NAME):
            # Read again under the lock: an admin may have edited it since.
            root = xml_changes.tree(content_of(self._path))
            result = change(root)
            content = etree.tostring(root.getroottree(), encoding="utf-8", xml_declaration=True) + b"\n"
            read = _read(content)
            # What would not be read again is not written: the file on the disk stays usable.
            if read.fatal:
                raise OSError(None, read.fatal, str(self._path))
            replace(self._path, content, durable=True)
        self._take(read)
        return result
