"""What the index holds of a device: what lists are filtered, sorted and counted by.

It depends on the state file alone, neither on the configuration nor on the time.
"""

import ipaddress
from typing import NamedTuple

from lxml import etree

from updateserver.configuration.config import Config
from updateserver.fleet.filter import searchable
from updateserver.fleet.row import row_of, signs_of

SEPARATOR = "\x1f"


class IndexEntry(NamedTuple):
    """One row of the index; the fields are its columns, in their order."""

    sn: str
    stamp: int  # of the state file that this was read from
    seen: int
    certificate_end: int | None
    trouble: bool
    updating: bool
    waiting: bool
    backup: int
    firmware: str
    bootcode: str
    phase: str
    type: str
    environments: str  # separated by SEPARATOR
    ip: str  # of the device itself, so that it sorts by number
    name: str
    texts: str  # what the filter looks at


def entry_of(config: Config, sn: str, stamp: int, state: etree._Element | None) -> IndexEntry:
    """Return what the index shall hold; None stands for a state that cannot be read."""
    row, signs = row_of(config, sn, state, 0), signs_of(state)
    lists = ", ".join(row.classes), ", ".join(row.environments)
    texts = (row.reported_ip, row.seen_ip, sn, row.type, row.name, row.phase, *lists, row.firmware, row.bootcode)
    return IndexEntry(
        sn=sn,
        stamp=stamp,
        seen=row.seen,
        certificate_end=row.certificate_end,
        trouble=signs.has_trouble,
        updating=signs.is_updating,
        waiting=signs.is_waiting,
        backup=row.last_backup,
        firmware=row.firmware,
        bootcode=row.bootcode,
        phase=row.phase,
        type=row.type,
        environments=SEPARATOR.join(row.environments),
        ip=_sortable(row.reported_ip or row.seen_ip),
        name=row.name,
        texts=searchable(text for text in texts if text),
    )


def _sortable(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return f"9{address}" if address else ""
    return f"{parsed.version}{int(parsed):032x}"
