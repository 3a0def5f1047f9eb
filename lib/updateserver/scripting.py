"""What a site's own scripting code builds on.

To send snippets that are made at run time, write `config/scripting.py` with a class `CustomUpdateSnippet` that derives
from `UpdateSnippet`; `config/sample.scripting.py` is one to start from. The methods have the names that they have in
the PHP version.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a plain poll needs none of its names
    from lxml.etree import _Element


class UpdateSnippet:
    """The calling device's state, and the answers that add nothing to its script."""

    def __init__(self, statexml: "_Element") -> None:
        """Keep the state: the element `state` of the device's file, as lxml reads it, with what this call changed.

        `self.statexml.find("device").get("type")` is the type of the caller, such as "IP232". Changes are not stored.
        """
        self.statexml = statexml

    def getPreSnippet(self) -> Sequence[str]:  # noqa: N802
        """Return lines to send before the standard snippets, each a str without its line end."""
        return []

    def getPostSnippet(self) -> Sequence[str]:  # noqa: N802
        """Return lines to send after the standard snippets, each a str without its line end."""
        return []

    def sendStandardSnippets(self) -> bool:  # noqa: N802
        """Tell whether the standard snippets are sent."""
        return True

    def dump(self) -> str:
        """Return the state as text, to look at it."""
        from lxml import etree  # noqa: PLC0415 - rarely needed

        return str(etree.tostring(self.statexml, encoding="unicode", pretty_print=True))
