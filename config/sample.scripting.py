"""Snippets that are made at run time: rename this file to scripting.py and change the answers.

`self.statexml` is what the server knows of the calling device, the element `state` of its file below status/:
`self.statexml.find("device").get("type")` is its type, for example, and `self.dump()` shows all of it.

An error in here does not keep a device from its standard script: it is logged, and shown in a comment of the script.
"""

from updateserver.scripting import UpdateSnippet


class CustomUpdateSnippet(UpdateSnippet):
    """Adds nothing yet."""

    def getPreSnippet(self):
        """Return lines to send before the standard snippets, such as ["config add CMD0 /name Lobby"]."""
        return super().getPreSnippet()

    def getPostSnippet(self):
        """Return lines to send after the standard snippets."""
        return super().getPostSnippet()

    def sendStandardSnippets(self):
        """Tell whether the snippets in scripts/ are sent to this device, too."""
        return super().sendStandardSnippets()
