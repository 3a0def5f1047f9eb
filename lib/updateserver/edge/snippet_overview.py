"""Which snippet files reach which devices, and what does not fit together."""

from updateserver.edge.fleet_index import FleetIndex
from updateserver.edge.site import Site
from updateserver.model.configuration import Config
from updateserver.model.snippet_use import MissingFirmware, SnippetOverview


def overview(site: Site, index: FleetIndex, config: Config) -> SnippetOverview:
    """Return all snippet files with the devices that they reach."""
    raise NotImplementedError


def snippet_content(site: Site, config: Config, filename: str) -> bytes | None:
    """Return a snippet file's content; `filename` as configured: scripts/update-all-all.txt."""
    raise NotImplementedError


def missing_firmware(site: Site, index: FleetIndex, config: Config) -> list[MissingFirmware]:
    """Return the firmware and boot code files that devices of known types are told to load and that are not there."""
    raise NotImplementedError
