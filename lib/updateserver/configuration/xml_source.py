"""Reading a configuration file as a tree of `Node`s, with the line of each element and attribute; and writing one back.

What libxml2 reads, as PHP does, is read: entities of the file's own as far as they stay short, and what has no prefix.
Other files and the network are left alone: what stands there counts as nothing, whatever refers to it.
"""

import codecs
import re
from collections.abc import Iterator
from typing import cast

from lxml import etree

from updateserver.configuration.source import Finding, Location, Node, of_file

LARGEST = 4 * 1024 * 1024  # bytes of a file
_MANY_ERRORS = 100  # libxml2 tells no more of them, not even fatal ones
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_UTF32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"<\0\0\0", b"\0\0\0<")


class Unreadable(Exception):
    """A file is no XML; `finding` says where and why."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(message)
        self.finding = Finding("error", message, Location(file, line), fatal=True)


def parsed(content: bytes, file: str) -> Node:
    """Return the root element of a file's content; `file` is its name relative to the root.

    Raises `Unreadable`.
    """
    content = _until_nul(content)
    parser = _parser(_OtherFiles())
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as problem:
        # An entity that nobody defined is an error of validity only: libxml2 goes on, and so does PHP.
        if not _is_harmless(parser):
            raise Unreadable(file, problem.lineno or 0, (problem.msg or "it is empty").replace("\n", " ")) from problem
        root = etree.fromstring(content, _parser(_OtherFiles(), recover=True))
    return _node(root, _Places(_text(content, root.getroottree().docinfo.encoding), file))


def tolerated(content: bytes, file: str) -> Iterator[Finding]:
    """Yield what is wrong with a file that can be read all the same: what counts as nothing in it."""
    others = _OtherFiles()
    parser = _parser(others, recover=True)
    etree.fromstring(_until_nul(content), parser)
    for problem in parser.error_log:
        message = "{why}: it has no effect here; define it, or remove it"
        yield of_file("error", message, file, problem.line, why=problem.message)
    for name in others.asked_for:
        line = next((number for number, text in enumerate(_text(content, None).split("\n"), 1) if name in text), 0)
        message = "{name} is another file, which is not read: it counts as nothing here; write what it holds"
        yield of_file("error", message, file, line, name=repr(name))


class _OtherFiles(etree.Resolver):
    """Stands in for all files and addresses that a document names: they are empty, whatever is there."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for: list[str] = []

    def resolve(self, system_url: str, public_id: str, context: object = None) -> object:
        if (name := system_url or public_id or "") not in self.asked_for:
            self.asked_for.append(name)
        return self.resolve_string("", context, base_url=None)


def _parser(others: _OtherFiles, *, recover: bool = False) -> etree.XMLParser:
    parser = etree.XMLParser(
        resolve_entities=True,  # with `others`, none of another file
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
        recover=recover,
    )
    parser.resolvers.add(others)
    return parser


def _is_harmless(parser: etree.XMLParser) -> bool:
    """Tell whether nothing is wrong but names that nobody defined, with which libxml2, and so PHP, goes on."""
    problems = list(parser.error_log)
    if not problems or len(problems) >= _MANY_ERRORS:
        return False
    return all(problem.level < etree.ErrorLevels.FATAL for problem in problems)


def _until_nul(content: bytes) -> bytes:
    """Return what stands before the first NUL character, which ends a document; some editors leave such at the end."""
    if content.startswith(_UTF32):
        return content
    if content.startswith(_UTF16):
        end = content.find(b"\0\0")
        while end % 2 and end > 0:  # the second half of a character, and the first one of the next
            end = content.find(b"\0\0", end + 1)
        return content[: end if end >= 0 else len(content) // 2 * 2]
    return content.partition(b"\0")[0]


def _text(content: bytes, declared: str | None) -> str:
    """Return a document as text, to look for lines in it: characters that are not understood do not matter."""
    if content.startswith(_UTF16) and not content.startswith(_UTF32):
        is_big = content.startswith((b"\xfe\xff", b"\0<"))
        return content.decode("utf-16-be" if is_big else "utf-16-le", "replace")
    try:
        return content.decode(codecs.lookup(declared or "utf-8").name, "replace")
    except (LookupError, UnicodeError):  # an encoding that only libxml2 knows
        return content.decode("latin-1")


def _node(element: "etree._Element", places: "_Places") -> Node:
    tag = _written_name(str(element.tag), element)
    attributes = {_written_name(str(name), element): str(text) for name, text in element.attrib.items()}
    end = cast("int | None", element.sourceline)  # what lxml-stubs say of it is no type
    origin, origins = places.of(tag, tuple(attributes), end or 0)
    return Node(
        tag,
        attributes,
        (element.text or "") + "".join(child.tail or "" for child in element),
        tuple(_node(child, places) for child in element),
        origin,
        origins,
    )


def _written_name(name: str, element: "etree._Element") -> str:
    """Return a name with its prefix, if it has one: then it is none of ours. A default namespace does not matter."""
    if not name.startswith("{"):
        return name
    namespace, _, local = name[1:].partition("}")
    if name == element.tag:
        prefix = element.prefix
    else:  # of an attribute, which is in no default namespace
        prefix = next((known for known, its in element.nsmap.items() if known and its == namespace), "xml")
    return f"{prefix}:{local}" if prefix else local


class _Places:
    """Finds the lines of attributes: the parser tells of a start tag only the line on which it ends."""

    def __init__(self, text: str, file: str) -> None:
        self._lines = text.split("\n")
        self._file = file

    def of(self, tag: str, attributes: tuple[str, ...], end: int) -> tuple[Location, dict[str, Location]]:
        """Return where the start tag that ends on line `end` begins, and where each of its attributes is set."""
        begin = next((line for line in range(end, 0, -1) if f"<{tag}" in self._line(line)), end)
        if begin == end:
            here = Location(self._file, end)
            return here, dict.fromkeys(attributes, here)
        origins = {name: Location(self._file, self._of_attribute(name, begin, end)) for name in attributes}
        return Location(self._file, begin), origins

    def _of_attribute(self, name: str, begin: int, end: int) -> int:
        set_here = re.compile(rf"(?<![\w.:-]){re.escape(name)}\s*=")
        return next((line for line in range(begin, end + 1) if set_here.search(self._line(line))), begin)

    def _line(self, number: int) -> str:
        return self._lines[number - 1] if number <= len(self._lines) else ""


def written(root: Node) -> bytes:
    """Return a tree as an XML document."""
    return etree.tostring(_element(root), encoding="utf-8", xml_declaration=True, pretty_print=True)


def _element(node: Node) -> "etree._Element":
    element = etree.Element(node.tag, {name: text for name, text in node.attributes.items() if ":" not in name})
    if not node.children:
        element.text = node.text or None
    element.extend([_element(child) for child in node.children if ":" not in child.tag])
    return element
