"""Devices by what decides about their snippets and firmware."""

import sqlite3
from typing import NamedTuple

from updateserver.edge.fleet_entry import SEPARATOR
from updateserver.edge.fleet_index import FleetIndex
from updateserver.model.configuration import Config


class Group(NamedTuple):
    """What devices have in common that get the same files, but for those of their own."""

    phase: str
    type: str
    environments: tuple[str, ...]


def groups_of(index: FleetIndex, config: Config) -> dict[Group, list[str]]:
    """Return the serial numbers of all devices by their groups."""

    def ask(connection: sqlite3.Connection) -> dict[Group, list[str]]:
        groups: dict[tuple[str, str, str], list[str]] = {}
        for sn, *key in connection.execute("SELECT sn, phase, type, environments FROM device"):
            groups.setdefault((key[0], key[1], key[2]), []).append(sn)
        return {
            Group(phase, kind, tuple(environments.split(SEPARATOR)) if environments else ()): serials
            for (phase, kind, environments), serials in groups.items()
        }

    return index.ask(config, ask) or {}
