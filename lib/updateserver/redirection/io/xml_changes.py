"""Changes of `config/redirection.xml` that leave everything else in it as people wrote it."""

from collections import defaultdict
from collections.abc import Iterable

from lxml import etree

from updateserver.base.names import canonical
from updateserver.redirection.registry import Assigned, Assignment, Customer, Project


def tree(content: bytes) -> "etree._Element":
    """Return the root element with all its comments. Raises ValueError if it is no XML."""
    # Entities stay as they are written, since the file is written back.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as problem:
        raise ValueError(str(problem)) from problem


def put_customer(root: "etree._Element", customer: Customer) -> "etree._Element":
    """Add a customer, or change the one of this id."""
    element = _with_id(root, "customer", customer.id)
    if element is None:
        element = _added(root, "customer", 1)
        element.set("id", str(customer.id))
    _set(element, name=customer.name)
    return element


def put_project(root: "etree._Element", project: Project) -> None:
    """Add a project, or change the one of this id; one that gets another customer moves there with its devices."""
    owner = put_customer(root, project.customer)
    element = _with_id(root, "project", project.id)
    if element is None:
        element = _added(owner, "project", 2)
        element.set("id", str(project.id))
    elif element.getparent() is not owner:
        owner.append(element)
    _set(
        element,
        name=project.name,
        comment=project.comment,
        url=project.url,
        trust=project.trust,
        env=",".join(project.environments),
        firmware=project.firmware,
        bootcode=project.bootcode,
    )


def drop_project(root: "etree._Element", project: int) -> bool:
    """Remove a project with its devices; return whether there was one."""
    element = _with_id(root, "project", project)
    if element is None:
        return False
    _drop(element)
    return True


def drop_customers(root: "etree._Element") -> None:
    """Remove all customers with their projects and devices."""
    for element in list(root.iterchildren("customer")):
        _drop(element)


def assign(root: "etree._Element", entries: Iterable[Assignment], *, take_over: bool) -> Assigned:
    """Have each device in this project and in no other one of its customer (`Registry.assign`)."""
    found, done = _devices(root), Assigned()
    projects = {element.get("id", ""): element for element in root.iter("project")}
    for entry in entries:
        project, before = projects[str(entry.project)], found[entry.mac]
        if [element.getparent() for element in before] == [project]:
            is_changed = _say(before[0], entry)
            done.changed += is_changed
            done.unchanged += not is_changed
        elif not take_over and any(_owner(element) is not project.getparent() for element in before):
            done.refused.append(entry.mac)
        else:
            done.moved += bool(before)
            done.new += not before
            for element in before:
                _drop(element)
            element = _added(project, "device", 3)
            element.set("sn", entry.mac)
            _say(element, entry)
            found[entry.mac] = [element]
    return done


def release(root: "etree._Element", macs: Iterable[str], project: int | None) -> int:
    """Have devices in no project, or no longer in this one; return how many were."""
    found, released = _devices(root), 0
    for mac in macs:
        gone = [one for one in found[mac] if project is None or _parent(one).get("id") == str(project)]
        for element in gone:
            _drop(element)
        released += bool(gone)
    return released


def _say(device: "etree._Element", entry: Assignment) -> bool:
    """Have an element say what an entry says beside its number; return whether that is new."""
    said = {"env": ",".join(entry.environments), "name": entry.name}
    fresh = {name: text for name, text in said.items() if text and device.get(name, "") != text}
    _set(device, **fresh)
    return bool(fresh)


def _devices(root: "etree._Element") -> "defaultdict[str, list[etree._Element]]":
    found: defaultdict[str, list[etree._Element]] = defaultdict(list)
    for element in root.iter("device"):
        found[canonical(element.get("sn", ""))].append(element)
    return found


def _with_id(root: "etree._Element", tag: str, number: int) -> "etree._Element | None":
    return next((element for element in root.iter(tag) if element.get("id") == str(number)), None)


def _owner(device: "etree._Element") -> "etree._Element":
    return _parent(_parent(device))


def _parent(element: "etree._Element") -> "etree._Element":
    parent = element.getparent()
    if parent is None:
        raise ValueError(f"element {element.tag} stands alone")
    return parent


def _set(element: "etree._Element", **attributes: str) -> None:
    for name, value in attributes.items():
        if value:
            element.set(name, value)
        elif name in element.attrib:
            del element.attrib[name]


def _added(parent: "etree._Element", tag: str, depth: int) -> "etree._Element":
    """Return a new last child, on a line of its own."""
    line = "\n" + "  " * depth
    if len(parent):
        parent[-1].tail = line
    else:
        parent.text = line
    element = etree.SubElement(parent, tag)
    element.tail = line[:-2]
    return element


def _drop(element: "etree._Element") -> None:
    """Remove an element, and the blanks before it rather than those behind."""
    parent, before = _parent(element), element.getprevious()
    if before is not None:
        before.tail = element.tail
    else:
        parent.text = element.tail
    parent.remove(element)
