"""The list of all devices, made fast by an index that is derived from their state files."""

from updateserver.edge.site import Site
from updateserver.model.configuration import Config
from updateserver.model.fleet import Charts, DeviceFacts, DeviceRow, Page

SORTS = ("sn", "type", "name", "ip", "seen", "backup", "firmware", "bootcode", "certificate", "phase", "state")


class FleetIndex:
    """The devices of an installation; used by several threads and processes.

    `filter` is as in `rules/filter.py`; `sort` one of `SORTS`.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    def page(
        self,
        config: Config,
        filter: str = "",
        sort: str = "sn",
        *,
        descending: bool = False,
        offset: int = 0,
        limit: int = 100,
    ) -> Page:
        """Return some rows of the devices that match a filter."""
        raise NotImplementedError

    def charts(self, config: Config, filter: str = "") -> Charts:
        """Return counts of the devices that match a filter."""
        raise NotImplementedError

    def serials(self, config: Config, filter: str = "") -> list[str]:
        """Return the serial numbers of all devices that match a filter."""
        raise NotImplementedError

    def row(self, config: Config, sn: str) -> DeviceRow | None:
        """Return one device as its state file has it now, None if there is none."""
        raise NotImplementedError

    def facts(self, config: Config, sn: str) -> DeviceFacts | None:
        """Return all that is known of a device, None if there is no state of it."""
        raise NotImplementedError

    def look_again(self, config: Config, sn: str) -> None:
        """Have the index know at once that a device's state was changed or removed."""
        raise NotImplementedError
