"""Reading a configuration file as a tree of `Node`s, with the line of each element and attribute; and writing one back.

The file may come from anybody who can edit the configuration, so other files and the network are left alone, and of
entities only short texts of the file's own are taken.
"""

import re
from typing import cast

from lxml import etree

from updateserver.model.source import Finding, Node, Origin

_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_OWN_ENTITY = re.compile(rb"""<!ENTITY\s+([A-Za-z_][\w.-]*)\s+(?:"([^"%]{0,1000})"|'([^'%]{0,1000})')\s*>""")
_REFERENCE = re.compile(rb"&([A-Za-z_][\w.-]*);")
_MANY_ENTITIES = 100
_LONG_TEXT = 1_000_000  # bytes that all entities of a file become
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(Exception):
    """A file is no XML; `finding` says where and why."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(message)
        self.finding = Finding("error", message, Origin(file, line), fatal=True)


def parsed(content: bytes, file: str) -> Node:
    """Return the root element of a file's content; `file` is its name relative to the root.

    Raises `Unreadable`.
    """
    parser = etree.XMLParser(
        resolve_entities=cast("bool", "internal" if _has_own_entities(content, file) else False),  # lxml-stubs lag
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    if not content.startswith(_UTF16):
        content = content.rstrip(b"\0")  # some editors leave it
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as problem:
        raise Unreadable(file, problem.lineno or 0, (problem.msg or "it is empty").replace("\n", " ")) from problem
    encoding = root.getroottree().docinfo.encoding or "utf-8"
    return _node(root, file, _Places(content.decode(encoding, "replace"), file))


def _has_own_entities(content: bytes, file: str) -> bool:
    """Tell whether the file defines entities, all of them short texts of its own. Raises `Unreadable` for others."""
    texts = {name: one or other for name, one, other in _OWN_ENTITY.findall(content)}
    if len(_ENTITY.findall(content)) != len(texts) or len(texts) > _MANY_ENTITIES:
        raise Unreadable(file, 0, "it defines entities that are not accepted here: only short texts are")
    lengths: dict[bytes, int] = {}
    for name, text in texts.items():  # one that uses another stands behind that, so none can go round
        used = _REFERENCE.findall(text)
        if any(other in texts and other not in lengths for other in used):
            raise Unreadable(file, 0, f"entity {name.decode()} uses one that is defined behind it")
        lengths[name] = len(text) + sum(lengths.get(other, 0) for other in used)
    if sum(lengths.get(name, 0) for name in _REFERENCE.findall(content)) > _LONG_TEXT:
        raise Unreadable(file, 0, "its entities become more text than is accepted here")
    return bool(texts)


def _node(element: "etree._Element", file: str, places: "_Places") -> Node:
    if not isinstance(element.tag, str):  # an entity that was defined in an encoding in which it was not recognised
        raise Unreadable(file, 0, "it uses entities, which are not accepted here")
    tag = etree.QName(element).localname
    attributes = {str(name): str(text) for name, text in element.attrib.items()}
    end = cast("int | None", element.sourceline)  # what lxml-stubs say of it is no type
    origin, origins = places.of(tag, tuple(attributes), end or 0)
    return Node(
        tag,
        attributes,
        (element.text or "") + "".join(child.tail or "" for child in element),
        tuple(_node(child, file, places) for child in element),
        origin,
        origins,
    )


class _Places:
    """Finds the lines of attributes: the parser tells of a start tag only the line on which it ends."""

    def __init__(self, text: str, file: str) -> None:
        self._lines = text.split("\n")
        self._file = file

    def of(self, tag: str, attributes: tuple[str, ...], end: int) -> tuple[Origin, dict[str, Origin]]:
        """Return where the start tag that ends on line `end` begins, and where each of its attributes is set."""
        begin = next((line for line in range(end, 0, -1) if f"<{tag}" in self._line(line)), end)
        if begin == end:
            here = Origin(self._file, end)
            return here, dict.fromkeys(attributes, here)
        origins = {name: Origin(self._file, self._of_attribute(name, begin, end)) for name in attributes}
        return Origin(self._file, begin), origins

    def _of_attribute(self, name: str, begin: int, end: int) -> int:
        set_here = re.compile(rf"(?<![\w.:-]){re.escape(name)}\s*=")
        return next((line for line in range(begin, end + 1) if set_here.search(self._line(line))), begin)

    def _line(self, number: int) -> str:
        return self._lines[number - 1] if number <= len(self._lines) else ""


def written(root: Node) -> bytes:
    """Return a tree as an XML document."""
    return etree.tostring(_element(root), encoding="utf-8", xml_declaration=True, pretty_print=True)


def _element(node: Node) -> "etree._Element":
    element = etree.Element(node.tag, dict(node.attributes))
    if not node.children:
        element.text = node.text or None
    element.extend([_element(child) for child in node.children])
    return element
