"""XML that may be hostile, and text that is to become part of XML."""

import re
import threading

from lxml import etree

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _ParserOfThread(threading.local):
    """A thread's own parser: to make one each time takes long beside reading a state, and threads must not share one.

    They would share its dictionary of names, too, which libxml2 does not guard.
    """

    def __init__(self) -> None:
        # With collect_ids, two answers that hold the same xml:id would make a state unreadable.
        self.parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False
        )


_OWN = _ParserOfThread()


def parsed(document: bytes) -> etree._Element:
    """Return XML that may be hostile: no entities, no network, no size beyond lxml's limits. Raises XMLSyntaxError."""
    return etree.fromstring(document, _OWN.parser)


def xml_text(text: str) -> str:
    """Return `text` with U+FFFD for what XML cannot hold."""
    # XML 1.0, 2.2: not even a reference may stand for a control character.
    return text if text.isprintable() else _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
