"""All that is known of one device, for its own page."""

import copy
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from updateserver.backups.io.store import backups_of
from updateserver.base.text import shown, shown_lines
from updateserver.configuration.config import Config
from updateserver.fleet.row import number
from updateserver.fleet.rows import DeliveredSnippet, DeviceFacts, DeviceRow, LogEntry, StoredAnswer
from updateserver.poll.io.installation import Installation

_MESSAGE = 1000  # characters


def facts_of(
    installation: Installation, config: Config, row: DeviceRow, state: etree._Element | None, now: int
) -> DeviceFacts:
    """Return what a device's state says, and what else is stored of it."""
    identity = installation.identities(config).shown(row.sn)
    backups = tuple(backups_of(installation.root, config.backup, row.hwid))
    if state is None:
        return DeviceFacts(row, now, (), (), (), backups, identity, "", "")
    return DeviceFacts(
        row=row,
        now=now,
        log=tuple(_log(state)),
        delivered=tuple(_delivered(installation.root, config, state)),
        answers=tuple(_answers(config, state)),
        backups=backups,
        identity=identity,
        next_phase=shown(state.get("nextphase")),
        xml=shown_lines(_indented(state)),
    )


def _log(state: etree._Element) -> Iterator[LogEntry]:
    for message in state.iterfind("msgs"):
        yield LogEntry(number(message.get("time")), shown(message.get("msg"), _MESSAGE))


def _delivered(root: Path, config: Config, state: etree._Element) -> Iterator[DeliveredSnippet]:
    """Yield the delivered snippets; only of files in the folder of snippets is it told whether they changed."""
    for one in state.iterfind("config"):
        name = one.get("filename", "")
        changed = changed_at(root, config, name)
        yield DeliveredSnippet(shown(name), number(one.get("delivered")), number(one.get("version")), changed)


def changed_at(root: Path, config: Config, name: str) -> int | None:
    """Return when a snippet file was changed, None if there is none of this name: `scripts/update-all-all.txt`."""
    folder, _, file = name.rpartition("/")
    # The name comes from a state, which another program may have written: only files of this one folder are looked at.
    if folder != config.times.dir or not file or "\0" in file:
        return None
    try:
        return int((root / folder / file).stat().st_mtime)
    except OSError:
        return None


def _answers(config: Config, state: etree._Element) -> Iterator[StoredAnswer]:
    titles = {query.id: query.title for query in config.queries.queries}
    for answer in state.iterfind("queries/*"):
        query = str(answer.tag)
        yield StoredAnswer(
            query=shown(query, 64),
            title=titles.get(query, ""),
            seen=number(answer.get("seen")),
            xml=shown_lines(_indented(answer)),
        )


def _indented(element: etree._Element) -> str:
    # The state may be shared with others of this process, and indenting changes it.
    indented = copy.deepcopy(element)
    etree.indent(indented)
    return etree.tostring(indented, encoding="unicode", with_tail=False)
