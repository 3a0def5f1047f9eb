"""What was written in the configuration files, before anybody judged it: elements, and findings about them.

`Node` is one element with the places that it came from; `Finding` is one problem, written so that it can be fixed.
Nothing here reads files or knows which elements exist.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from updateserver.base.message import Message

Severity = Literal["error", "warning"]


class Location(NamedTuple):
    """A place in a file; line 0 where there is none."""

    file: str
    line: int


NOWHERE = Location("", 0)


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its own text (white space and all), its children in order, and where each attribute was set."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple["Node", ...] = ()
    origin: Location = NOWHERE
    origins: Mapping[str, Location] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The file that the element stands in, relative to the root."""
        return self.origin.file

    @property
    def line(self) -> int:
        """The line on which the element begins."""
        return self.origin.line

    def get(self, attribute: str, default: str = "") -> str:
        """Return the value of an attribute."""
        return self.attributes.get(attribute, default)

    def all(self, tag: str) -> tuple["Node", ...]:
        """Return all children of a tag, in order."""
        return tuple(child for child in self.children if child.tag == tag)

    def one(self, tag: str) -> "Node":
        """Return the first child of a tag, the one that counts; an empty one where there is none."""
        return next((child for child in self.children if child.tag == tag), Node(tag, origin=self.origin))

    def has(self, tag: str) -> bool:
        """Say whether there is a child of that tag."""
        return any(child.tag == tag for child in self.children)

    def place(self, attribute: str | None = None) -> Location:
        """Return where the attribute was set, or where the element is."""
        return self.origins.get(attribute, self.origin) if attribute else self.origin

    @property
    def name(self) -> str:
        """The tag, with its id where it has one: `class[phone]`."""
        named = self.attributes.get("id") or self.attributes.get("key")
        return f"{self.tag}[{named}]" if named else self.tag


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Yield every element below `node` with its path, such as `queries/query[admin]/cmd`."""
    for child in node.children:
        here = f"{path}/{child.name}" if path else child.name
        yield here, child
        yield from walk(child, here)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of the configuration or of the site's files: what was found where, and what would be right.

    `text` is fixed, in English, and by it pages find the same in other languages; `values` are for its braces.
    `element` is a path such as `times/@grace`, "" for the file as a whole. `fatal` ones leave devices without an
    answer; other errors and warnings do not stop the server.
    """

    severity: Severity
    text: str
    origin: Location = NOWHERE
    element: str = ""
    found: str | None = None
    fatal: bool = False
    values: tuple[tuple[str, str], ...] = ()
    meant: str = ""  # the name that was probably meant

    @property
    def message(self) -> str:
        """The text in English, with its values."""
        text = self.text.format(**dict(self.values)) if self.values else self.text
        return f"{text}; did you mean {self.meant!r}?" if self.meant else text

    @property
    def file(self) -> str:
        """The file that is to be changed, relative to the root."""
        return self.origin.file

    @property
    def line(self) -> int:
        """The line in that file, 0 where there is none."""
        return self.origin.line

    @property
    def comment(self) -> str:
        """The one line that a device gets in place of its script."""
        subject = "config" if self.element else f"cannot parse {self.file}"
        return "".join(c if c.isprintable() else " " for c in f"# {subject}: {self.message} - exit")

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        found = f"{self.found!r} -> {self.message}" if self.found is not None else self.message
        return ": ".join(part for part in (place, self.element, found) if part)


def fatal(text: str, node: Node, element: str, attribute: str | None = None, /, **values: object) -> Finding:
    """Return the finding that makes the whole configuration unusable."""
    return _finding("error", text, (node, element, attribute), values, fatal=True)


def error(text: str, node: Node, element: str, attribute: str | None = None, /, **values: object) -> Finding:
    """Return a finding that must be fixed, though the server runs with it."""
    return _finding("error", text, (node, element, attribute), values)


def warning(text: str, node: Node, element: str, attribute: str | None = None, /, **values: object) -> Finding:
    """Return a finding that is probably not what the admin meant; of the values, `meant` is what was meant."""
    return _finding("warning", text, (node, element, attribute), values)


def of_file(severity: Severity, text: str, file: str, line: int = 0, /, **values: object) -> Finding:
    """Return a finding about one of the site's files, by its name relative to the root."""
    origin = Location(" ".join(_written(file).splitlines()), line)
    return Finding(
        severity, _written(text), origin, values=_filled_in(values), meant=_written(str(values.get("meant", "")))
    )


def _finding(
    severity: Severity,
    text: str,
    place: tuple[Node, str, str | None],
    values: Mapping[str, object],
    *,
    fatal: bool = False,
) -> Finding:
    node, element, attribute = place
    text = _written(text)
    values_as_text, meant = _filled_in(values), _written(str(values.get("meant", "")))
    if not attribute:
        return Finding(severity, text, node.origin, element, node.text.strip() or None, fatal, values_as_text, meant)
    origin = node.place(attribute)
    if origin.file != node.file:  # a default value of an element that the site wrote itself: there it belongs
        origin = node.origin
    found = node.attributes.get(attribute)
    return Finding(severity, text, origin, f"{element}/@{attribute}", found, fatal, values_as_text, meant)


def _filled_in(values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _value(value)) for name, value in values.items() if name != "meant")


def _value(value: object) -> str:
    written = _written(str(value))
    return value if isinstance(value, Message) and value == written else written


def _written(text: str) -> str:
    """Return a text that can be written as UTF-8, whatever bytes the names of files in it are made of."""
    return text.encode("utf-8", "backslashreplace").decode()
