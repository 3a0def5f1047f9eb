"""A poll carried out: the rules' steps become the script's bytes and changes of what is stored."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from updateserver.edge import disk_trouble, expiry
from updateserver.edge.files import replace
from updateserver.edge.site import Site
from updateserver.edge.state import Keeping
from updateserver.edge.world import World
from updateserver.model.call import Call
from updateserver.model.configuration import Config
from updateserver.model.request import Poll
from updateserver.model.steps import (
    Abandon,
    Change,
    Comment,
    ConsiderRequest,
    Content,
    KeepAsIssued,
    Line,
    Listing,
    Prove,
    RemoveCertificateFile,
    SaveCertificateFile,
)
from updateserver.rules.poll import script

_LOG = logging.getLogger("updateserver.delivery")
_CONTROL = re.compile("[\0-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class _Told:
    """What the rules said about a poll: the script, and what is to be changed."""

    text: bytes
    changes: Sequence[Change]
    world: World


def deliver(site: Site, config: Config, call: Call, poll: Poll) -> bytes:
    """Answer a poll with its script, and keep what it changed."""
    told = _told(site, config, call, poll, is_preview=False)
    if told.changes:
        _keep(site, config, poll.sn, told)
        _sign_by_policy(site, config, told)
    return told.text


def preview(site: Site, config: Config, call: Call, poll: Poll) -> bytes:
    """Return the script that a poll would be answered with, and touch nothing."""
    return _told(site, config, call, poll, is_preview=True).text


def _told(site: Site, config: Config, call: Call, poll: Poll, *, is_preview: bool) -> _Told:
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
            case Listing(texts):
                text.append(_listed(texts))
            case Abandon():
                changes.clear()
                break
            case change:
                changes.append(change)
    text.append(b"")
    return _Told(b"\r\n".join(text), changes, world)


def _listed(comments: Sequence[str]) -> bytes:
    if "".join(comments).isprintable():
        return ("# " + "\r\n# ".join(comments)).encode("utf-8")
    return b"\r\n".join(b"# " + _safe(comment) for comment in comments)


def _safe(line: str) -> bytes:
    """Return a line of the script as bytes: nothing in it can begin another line."""
    if not line.isprintable():
        line = _CONTROL.sub(" ", line)
    return line.encode("utf-8", "surrogateescape")


def _keep(site: Site, config: Config, sn: str, told: _Told) -> None:
    """Carry out what a poll changed; if the disk does not let us, the device gets its script all the same."""
    if certificates := site.certificate_folder(config):
        try:
            _keep_certificate_files(certificates, told.changes)
        except OSError as error:
            _LOG.error("certificate files of %s cannot be put right: %s", sn, disk_trouble.told(error))
    try:
        for change in told.changes:
            if isinstance(change, Prove):
                site.identities(config).remember(sn, change.identity)
        folder = site.status_folder(config)
        if folder:
            keeping = Keeping(told.world.now, config.status.logkeep)
            site.states.record(folder, sn, told.changes, keeping, told.world.was)
            expiry.look(site.root, folder, keeping.now)
    except OSError as error:
        _LOG.error("what the poll of %s changed cannot be stored: %s", sn, disk_trouble.told(error))


def _sign_by_policy(site: Site, config: Config, told: _Told) -> None:
    """Have the policy look at a request that waits; the device gets the certificate at its next poll."""
    for change in told.changes:
        if isinstance(change, ConsiderRequest):
            from updateserver.edge import roll_out, signing  # noqa: PLC0415 -- they bring cryptography

            try:
                signing.consider(roll_out.RollOut(site, config, change.sn), told.world.now)
            except Exception:  # noqa: BLE001 - whatever is odd about a certificate must not cost the script
                _LOG.exception("the request of %s cannot be judged", change.sn)


def _keep_certificate_files(folder: Path, changes: Sequence[Change]) -> None:
    for change in changes:
        match change:
            case RemoveCertificateFile(name):
                if (folder / name).exists():  # where nothing may be removed, nothing needs to be
                    (folder / name).unlink(missing_ok=True)
            case SaveCertificateFile(name, content):
                replace(folder / name, content, durable=True)
            case KeepAsIssued(signed, issued):
                if (folder / signed).exists():
                    (folder / signed).replace(folder / issued)
