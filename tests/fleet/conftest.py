"""A small fleet whose state files are written as devices would have had them written."""

import time
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from tests.site import Site as Folder
from tests.site import site
from updateserver.configuration.config import Config
from updateserver.fleet.io.index import FleetIndex
from updateserver.poll.io.installation import Installation

__all__ = ["site"]

CONFIG = """<master info=""/><status dir="status" missing="1000"/><backup dir="backup"/>
<queries><query id="admin" title="Admin"><applies>*</applies>
<show title="Name">/state/queries/admin/info/@name</show></query></queries>"""

CERTIFICATES = '<customcerts dir="certs"/>'


@dataclass
class Fleet:
    """An installation with devices, and its index, which looks at the folder each time."""

    installation: Folder
    site: Installation
    index: FleetIndex

    @property
    def root(self) -> Path:
        return self.installation.root

    @property
    def config(self) -> Config:
        return self.site.config()

    def configure(self, content: str) -> None:
        self.installation.configure(content)

    def device(self, number: int, *, age: int = 60, inner: str = "", **device: str) -> str:
        """Write the state of a device; return its serial number. `inner` is further XML of the state."""
        sn = f"00-90-33-00-00-{number:02x}"
        told = {
            "sn": sn, "type": "IP232", "classes": "phone", "ip": "192.0.2.1", "rp": "false", "phase": "update",
            "environments": "default", "hwid": f"IP232-00-00-{number:02x}", "realip": f"172.16.0.{number}",
        } | device  # fmt: skip
        attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in told.items())
        self.state(sn, f'<state seen="{int(time.time()) - age}"><device {attributes}/>{inner}</state>')
        return sn

    def state(self, sn: str, content: str | bytes) -> None:
        self.installation.put(f"status/{sn}.xml", content)

    def forget(self, sn: str) -> None:
        (self.root / "status" / f"{sn}.xml").unlink()

    def found(self, text: str = "", sort: str = "sn", *, descending: bool = False) -> list[str]:
        """Return the serial numbers in a list."""
        page = self.index.page(self.config, text, sort, descending=descending)
        return [row.sn for row in page.rows]


@pytest.fixture
def fleet(site: Folder) -> Fleet:
    site.configure(CONFIG)
    served = Installation(site.root)
    (site.root / "status").mkdir()
    return Fleet(site, served, FleetIndex(served, every=0))
