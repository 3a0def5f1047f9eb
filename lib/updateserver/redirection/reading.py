"""What `config/redirection.xml` says, and what is wrong with it. Nothing is read from the disk here.

A fault of one project makes that project unusable, until it is fixed; what cannot be understood at all, such as two
projects of one number, makes the whole file unusable, so that nobody is sent anywhere by mistake.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from updateserver.base.names import canonical, is_serial
from updateserver.configuration.source import Finding, Node
from updateserver.redirection.builds import is_build
from updateserver.redirection.registry import Assignment, Customer, Project, RedirectionSettings, Upgrade, is_url

_SETTINGS = ("firmware", "bootcode", "grace", "unknown", "remember", "here")
_PROJECT = ("id", "name", "comment", "url", "trust", "env", "firmware", "bootcode")
_UPGRADE = ("kind", "to", "url", "from", "types")
_KINDS = ("firmware", "bootcode")


@dataclass(slots=True)
class Contents:
    """What the file says; nothing of it may be used where a finding is fatal."""

    settings: RedirectionSettings = field(default_factory=RedirectionSettings)
    customers: list[Customer] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    entries: list[Assignment] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def fatal(self) -> str:
        """The first reason why nothing of it may be used, "" if there is none."""
        return next((str(finding) for finding in self.findings if finding.fatal), "")

    def blame(self, node: Node, text: str, attribute: str | None = None, *, fatal: bool = True) -> None:
        """Note that something is wrong."""
        element = f"{node.tag}/@{attribute}" if attribute else node.tag
        self.findings.append(Finding("error", text, node.place(attribute), element, fatal=fatal))


def contents_of(root: Node) -> Contents:
    """Read the file's root element."""
    contents = Contents()
    if root.tag != "redirection":
        contents.blame(root, "the file begins with another element than redirection")
        return contents
    _attributes(contents, root, _SETTINGS)
    _children(contents, root, ("upgrade", "customer"))
    contents.settings = _settings(contents, root)
    for node in root.all("customer"):
        _customer(contents, node)
    _unique(contents, root)
    return contents


def _settings(contents: Contents, root: Node) -> RedirectionSettings:
    for name in _KINDS:
        if root.get(name) and not is_build(root.get(name)):
            contents.blame(root, f"{root.get(name)!r:.100} is no build such as 130986 or 13A127", name)
    if root.get("here") and not is_url(root.get("here")):
        contents.blame(
            root,
            f"{root.get('here')!r:.200} is no address such as https://update.example.com/update/update.php",
            "here",
        )
    default = RedirectionSettings()
    grace, unknown, remember = (
        _number(contents, root, name, 0) if name in root.attributes else standard
        for name, standard in (("grace", default.grace), ("unknown", default.unknown), ("remember", default.remember))
    )
    upgrades = tuple(filter(None, (_upgrade(contents, node) for node in root.all("upgrade"))))
    return RedirectionSettings(
        root.get("firmware"), root.get("bootcode"), grace, unknown, root.get("here"), remember, upgrades
    )


def _upgrade(contents: Contents, node: Node) -> Upgrade | None:
    _attributes(contents, node, _UPGRADE)
    kind, to, since = node.get("kind", "firmware"), node.get("to"), node.get("from")
    if kind not in _KINDS:
        contents.blame(node, f"{kind!r:.100} is neither firmware nor bootcode", "kind")
    elif not is_build(to) or (since and not is_build(since)):
        contents.blame(node, "from and to are builds such as 101100 or 13A127")
    elif not is_url(node.get("url")):
        contents.blame(
            node, f"{node.get('url')!r:.200} is no address such as http://update.example.com/fw/101100/", "url"
        )
    else:
        return Upgrade(kind, to, node.get("url"), since, _list(node.get("types")))
    return None


def _customer(contents: Contents, node: Node) -> None:
    _attributes(contents, node, ("id", "name"))
    _children(contents, node, ("project",))
    customer = Customer(_number(contents, node, "id", 1), node.get("name"))
    for fault in customer.faults:
        contents.blame(node, fault)
    contents.customers.append(customer)
    for below in node.all("project"):
        _project(contents, below, customer)


def _project(contents: Contents, node: Node, customer: Customer) -> None:
    _attributes(contents, node, _PROJECT)
    _children(contents, node, ("device",))
    project = Project(
        _number(contents, node, "id", 1),
        customer,
        node.get("name"),
        node.get("comment"),
        node.get("url"),
        node.get("trust"),
        _list(node.get("env")),
        node.get("firmware"),
        node.get("bootcode"),
    )
    for fault in project.faults:
        # Only this project is not used: one customer's mistake must not stop the others' devices.
        contents.blame(node, f"project {project.id}: {fault}", fatal=False)
    contents.projects.append(project)
    contents.entries += _devices(contents, node, project.id)


def _devices(contents: Contents, node: Node, project: int) -> Iterator[Assignment]:
    for below in node.all("device"):
        _attributes(contents, below, ("sn", "env", "name"))
        number = canonical(below.get("sn"))
        if is_serial(number):
            entry = Assignment(number, project, _list(below.get("env")), below.get("name"))
            for fault in entry.faults:
                contents.blame(below, f"device {number}: {fault}", fatal=False)
            yield entry
        else:
            # the device that was meant would be taken for an unknown one, but the others must not suffer from that
            contents.blame(below, f"{below.get('sn')!r:.100} is no serial number of 12 hexadecimal digits", fatal=False)


def _unique(contents: Contents, root: Node) -> None:
    for tag, numbers in (
        ("customer", [one.id for one in contents.customers]),
        ("project", [one.id for one in contents.projects]),
    ):
        if twice := sorted({number for number in numbers if numbers.count(number) > 1}):
            contents.blame(root, f"{tag} {twice[0]} is there more than once")


def _number(contents: Contents, node: Node, name: str, least: int) -> int:
    text = node.get(name)
    if text.isascii() and text.isdecimal() and len(text) <= 15 and int(text) >= least:  # noqa: PLR2004 - LARGEST_ID
        return int(text)
    contents.blame(node, f"{text!r:.100} is no number, at least {least}", name)
    return least


def _list(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.split(","))))


def _attributes(contents: Contents, node: Node, known: Sequence[str]) -> None:
    for name in node.attributes:
        if name not in known:
            contents.blame(node, f"unknown attribute; known are {', '.join(known)}", name, fatal=False)


def _children(contents: Contents, node: Node, known: Sequence[str]) -> None:
    for child in node.children:
        if child.tag not in known:
            contents.blame(child, f"unknown element; known here: {', '.join(known)}", fatal=False)
