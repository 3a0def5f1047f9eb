"""A poll carried out: the rules' steps become the script's bytes and changes of what is stored."""

import copy
import fnmatch
import logging
import os
import re
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from lxml import etree

from updateserver.edge import expiry, state
from updateserver.edge.files import read, replace
from updateserver.edge.known import known_of
from updateserver.edge.reverse_dns import reverse_name
from updateserver.edge.site import Site
from updateserver.model.call import Call
from updateserver.model.configuration import Config
from updateserver.model.device import Known
from updateserver.model.request import Poll
from updateserver.model.steps import Abandon, Change, Comment, Content, Line, RemoveCertificateFile, SaveCertificateFile
from updateserver.rules.poll import script
from updateserver.rules.world import CustomScript, Reference, SnippetFile

_LOG = logging.getLogger("updateserver.delivery")
_CONTROL = re.compile("[\0-\x1f\x7f]")


class World:
    """The world as one poll sees it; `changes` grows while the poll is told."""

    def __init__(self, site: Site, config: Config, sn: str, changes: Sequence[Change], *, is_preview: bool) -> None:
        self.now = int(time.time())
        self._site, self._config, self._sn = site, config, sn
        self._changes = changes
        self._is_preview = is_preview

    @cached_property
    def state(self) -> etree._Element:
        """The device's state before this call."""
        folder = self._site.status_folder(self._config)
        return self._site.states.read(folder, self._sn) if folder else etree.Element("state")

    @cached_property
    def known(self) -> Known:
        """The same as the rules want to know it."""
        return known_of(self.state)

    def snippets(self, names: Sequence[str]) -> list[SnippetFile | None]:
        """Return the snippet file of each name."""
        return self._site.snippets.read(names)

    def reference(self) -> Reference:
        """Return the reference device's builds; a preview does not ask it."""
        device, master = self._site.reference_device, self._config.master
        return device.cached(master) if self._is_preview else device.builds(master)

    def certificate_file(self, name: str) -> bytes | None:
        """Return a file of the certificate folder."""
        folder = self._site.certificate_folder(self._config)
        return read(folder / name) if folder else None

    def ca_files(self) -> list[tuple[str, bytes]]:
        """Return the CA's certificate files, sorted by name."""
        folder = self._site.certificate_folder(self._config)
        if not folder or not folder.is_dir():
            return []
        names = fnmatch.filter(sorted(os.listdir(folder)), self._config.customcerts.CAkeys)  # noqa: PTH208
        found = ((name, read(folder / name)) for name in names if (folder / name).is_file())
        return [(name, content) for name, content in found if content is not None]

    def reverse_name(self, address: str) -> str:
        """Return the DNS name of an address."""
        return reverse_name(address)

    def custom(self) -> CustomScript:
        """Return what the site's own code adds, which sees the state with what this call has changed so far."""
        return self._site.custom.script(self._state_so_far)

    def _state_so_far(self) -> etree._Element:
        so_far = copy.deepcopy(self.state)
        state.apply(so_far, self._changes, self.now)
        return so_far


def deliver(site: Site, config: Config, call: Call, poll: Poll) -> bytes:
    """Answer a poll with its script, and keep what it changed."""
    text, changes, now = _told(site, config, call, poll, is_preview=False)
    if not poll.missing:
        _keep(site, config, poll.sn, changes, now)
    return text


def preview(site: Site, config: Config, call: Call, poll: Poll) -> bytes:
    """Return the script that a poll would be answered with, and touch nothing."""
    return _told(site, config, call, poll, is_preview=True)[0]


def _told(
    site: Site, config: Config, call: Call, poll: Poll, *, is_preview: bool
) -> tuple[bytes, Sequence[Change], int]:
    changes: list[Change] = []
    text: list[bytes] = []
    world = World(site, config, poll.args.get("sn", ""), changes, is_preview=is_preview)
    for step in script(config, call, poll, world):
        match step:
            case Comment(comment):
                text.append(b"# " + _safe(comment) if comment else b"")
            case Line(line):
                text.append(_safe(line))
            case Content(content):
                text.append(content)
            case Abandon():
                changes.clear()
                break
            case change:
                changes.append(change)
    text.append(b"")
    return b"\r\n".join(text), changes, world.now


def _safe(line: str) -> bytes:
    """Return a line of the script as bytes: nothing in it can begin another line."""
    return _CONTROL.sub(" ", line).encode("utf-8", "surrogateescape")


def _keep(site: Site, config: Config, sn: str, changes: Sequence[Change], now: int) -> None:
    """Carry out what a poll changed; if the disk does not let us, the device gets its script all the same."""
    try:
        if certificates := site.certificate_folder(config):
            _keep_certificate_files(certificates, changes)
        folder = site.status_folder(config)
        if folder and changes:
            site.states.record(folder, sn, changes, now=now, logkeep=config.status.logkeep)
            expiry.look(site.root, folder, config.status.expire, now)
    except OSError as error:
        _LOG.error("what the poll of %s changed cannot be stored: %s", sn, error)


def _keep_certificate_files(folder: Path, changes: Sequence[Change]) -> None:
    for change in changes:
        match change:
            case RemoveCertificateFile(name):
                (folder / name).unlink(missing_ok=True)
            case SaveCertificateFile(name, content):
                replace(folder / name, content, durable=True)
