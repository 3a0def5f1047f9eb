"""The list of all devices, and groups of them, made fast by an index that is derived from their state files.

The index says which devices are meant and in which order; what is told of them is read from their state files.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from lxml import etree

from updateserver.base.names import is_safe
from updateserver.configuration.config import Config
from updateserver.fleet.answers import shown_answers
from updateserver.fleet.entry import SEPARATOR
from updateserver.fleet.io.device_page import facts_of
from updateserver.fleet.io.query import SORTS, Selection
from updateserver.fleet.io.refresh import Refresher
from updateserver.fleet.io.store import FleetStore
from updateserver.fleet.row import certificate_signs, row_of
from updateserver.fleet.rows import Charts, DeviceFacts, DeviceRow, OverviewPage
from updateserver.poll.io.installation import Installation

__all__ = ["SORTS", "FleetIndex", "Part"]

_EVERY = 2.0  # seconds between two looks at the folder

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the list is looked at."""

    filter: str = ""
    sort: str = "sn"
    descending: bool = False
    offset: int = 0
    limit: int = 100


class FleetIndex:
    """The devices of an installation; used by several threads and processes.

    `filter` is as in `fleet/filter.py`; `sort` one of `SORTS`. The folder of the states is looked at every so many
    seconds at most.
    """

    def __init__(self, installation: Installation, every: float = _EVERY) -> None:
        self._installation = installation
        self._store = FleetStore(installation.root, installation.locks)
        self._refresher = Refresher(self._store, installation.states, every)

    def page(  # noqa: PLR0913 - what a list page's address holds
        self,
        config: Config,
        filter: str = "",  # noqa: A002 - the word of the page and the address
        sort: str = "sn",
        *,
        descending: bool = False,
        offset: int = 0,
        limit: int = 100,
    ) -> OverviewPage:
        """Return some rows of the devices that match a filter."""
        view = Part(filter, sort, descending, offset, limit)
        found = self._ask(config, lambda connection, pending: self._page(connection, config, view, pending)[0])
        return found or OverviewPage((), 0, 0, offset, limit, int(time.time()))

    def overview(self, config: Config, view: Part) -> tuple[OverviewPage, Charts]:
        """Return some rows of the devices that match a filter, and counts of them all: cheaper than one by one."""

        def look(connection: sqlite3.Connection, pending: int) -> tuple[OverviewPage, Charts]:
            page, selection = self._page(connection, config, view, pending)
            return page, selection.charts()

        nothing = OverviewPage((), 0, 0, view.offset, view.limit, int(time.time())), Charts((), (), (), ())
        return self._ask(config, look) or nothing

    def charts(self, config: Config, filter: str = "") -> Charts:  # noqa: A002
        """Return counts of the devices that match a filter."""
        now = int(time.time())
        counted = self._ask(config, lambda connection, _: Selection(connection, config, filter, now).charts())
        return counted or Charts((), (), (), ())

    def serials(self, config: Config, filter: str = "") -> list[str]:  # noqa: A002
        """Return the serial numbers of all devices that match a filter."""
        now = int(time.time())
        return self._ask(config, lambda connection, _: Selection(connection, config, filter, now).serials()) or []

    def rows(self, config: Config, serials: Iterable[str], now: int | None = None) -> Iterator[DeviceRow]:
        """Yield the rows of these devices as their state files have them now; those that are gone are left out."""
        now = int(time.time()) if now is None else now
        for sn in serials:
            if row := self._row(config, sn, now):
                yield row

    def row(self, config: Config, sn: str) -> DeviceRow | None:
        """Return one device as its state file has it now, None if there is none."""
        return self._row(config, sn, int(time.time()))

    def facts(self, config: Config, sn: str) -> DeviceFacts | None:
        """Return all that is known of a device, None if there is no state of it."""
        found = self.facts_and_state(config, sn)
        return found[0] if found else None

    def facts_and_state(self, config: Config, sn: str) -> tuple[DeviceFacts, etree._Element | None] | None:
        """Return the same with the state itself, None where that cannot be read."""
        now, state = int(time.time()), self._state(config, sn)
        row = self._row_of(config, sn, state, now)
        return (facts_of(self._installation, config, row, state, now), state) if row else None

    def reread(self, config: Config, sn: str) -> None:
        """Have the index know at once that a device's state was changed or removed."""
        folder = self._installation.status_folder(config)
        if folder and is_safe(sn):
            self._store.ask(folder, lambda connection: self._refresher.reread(connection, config, folder, sn))

    def ask(self, config: Config, question: Callable[[sqlite3.Connection], T]) -> T | None:
        """Ask the index itself, None where no state is kept."""
        return self._ask(config, lambda connection, _: question(connection))

    def _page(
        self, connection: sqlite3.Connection, config: Config, view: Part, pending: int
    ) -> tuple[OverviewPage, Selection]:
        now = int(time.time())
        selection = Selection(connection, config, view.filter, now)
        serials = selection.serials(view.sort, descending=view.descending, offset=view.offset, limit=view.limit)
        rows = tuple(self.rows(config, serials, now))
        page = OverviewPage(rows, selection.count(), selection.count_all(), view.offset, view.limit, now, pending)
        return page, selection

    def _ask(self, config: Config, question: Callable[[sqlite3.Connection, int], T]) -> T | None:
        folder = self._installation.status_folder(config)
        if folder is None:
            return None

        def refreshed(connection: sqlite3.Connection) -> T:
            pending = self._refresher.refresh(connection, config, folder)
            return question(connection, pending)

        return self._store.ask(folder, refreshed)

    def _row(self, config: Config, sn: str, now: int) -> DeviceRow | None:
        return self._row_of(config, sn, self._state(config, sn), now)

    def _row_of(self, config: Config, sn: str, state: etree._Element | None, now: int) -> DeviceRow | None:
        folder = self._installation.status_folder(config)
        if folder is None or not is_safe(sn):
            return None
        # A state that cannot be read still is a device, which its admin must see.
        if state is None and not (folder / f"{sn}.xml").exists():
            return None
        return row_of(
            config,
            sn,
            state,
            now,
            answers=() if state is None else shown_answers(config, state),
            files=certificate_signs(self._installation.certificate_folder(config), sn),
        )

    def _state(self, config: Config, sn: str) -> etree._Element | None:
        folder = self._installation.status_folder(config)
        if folder is None or not is_safe(sn):
            return None
        snapshot = self._installation.states.read(folder, sn)
        return None if snapshot.content is None else snapshot.state


class DeviceGroup(NamedTuple):
    """What devices have in common that get the same files, but for those of their own."""

    phase: str
    type: str
    environments: tuple[str, ...]


def groups_of(index: FleetIndex, config: Config) -> dict[DeviceGroup, list[str]]:
    """Return the serial numbers of all devices by their groups."""

    def ask(connection: sqlite3.Connection) -> dict[DeviceGroup, list[str]]:
        groups: dict[tuple[str, str, str], list[str]] = {}
        for sn, *key in connection.execute("SELECT sn, phase, type, environments FROM device"):
            groups.setdefault((key[0], key[1], key[2]), []).append(sn)
        return {
            DeviceGroup(phase, kind, tuple(environments.split(SEPARATOR)) if environments else ()): serials
            for (phase, kind, environments), serials in groups.items()
        }

    return index.ask(config, ask) or {}
