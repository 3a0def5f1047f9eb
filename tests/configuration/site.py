"""An installation in a temporary folder, and short ways to say what its configuration is."""

import os
import shutil
from pathlib import Path

from updateserver.configuration.config import Config
from updateserver.configuration.io.files import ConfigurationFiles
from updateserver.configuration.source import Finding, Node
from updateserver.configuration.xml_source import parsed
from updateserver.findings.io.all import load

PROJECT = Path(__file__).resolve().parents[2]
SAFE = '<master info="" user="me" password="secret"/>'  # nothing to complain of


class Site:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.own = root / "config" / "user-config.xml"
        self.own.parent.mkdir()
        shutil.copy(PROJECT / "config.xml", root)
        self.files = ConfigurationFiles(root)

    def says(self, content: str, *, encoding: str = "utf-8") -> "Site":
        """Have these tags as the site's own configuration."""
        self.own.write_text(f"<config>{content}</config>", encoding=encoding)
        return self

    def holds(self, content: bytes) -> "Site":
        self.own.write_bytes(content)
        return self

    def aged(self, file: Path | None = None) -> "Site":
        """Make files old enough to be trusted."""
        for path in [file] if file else [self.own, self.root / "config.xml"]:
            os.utime(path, (1_000_000_000, 1_000_000_000))
        return self

    @property
    def config(self) -> Config:
        return self.files.current()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return load(self.root)[2]


def tree(xml: str) -> Node:
    return parsed(xml.encode(), "t.xml")


def shape(node: Node) -> object:
    """Return what a tree says, wherever it was written."""
    return node.tag, dict(node.attributes), node.text.strip(), [shape(child) for child in node.children]
