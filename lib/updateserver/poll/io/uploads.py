"""Storing what devices upload: whole, or not at all."""

import re
from functools import partial

from lxml import etree

from updateserver.backups.io import store
from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Config
from updateserver.device.io.states import Keeping, Snapshot, nothing
from updateserver.device.request import BackupUpload, QueryAnswer, VarDump
from updateserver.device.state_changes import answer_element
from updateserver.device.steps import Answered, Change, Log, Remember
from updateserver.device.stored import StoredDevice
from updateserver.poll.io import newcomers, other_spellings
from updateserver.poll.io.installation import Installation
from updateserver.poll.uploads import REQUESTS, answer_text, unasked
from updateserver.trust.call import Call
from updateserver.trust.proof import Claim, distrust, is_proven

_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*", re.ASCII)


def admit(
    installation: Installation, config: Config, call: Call, upload: BackupUpload | QueryAnswer | VarDump, now: int
) -> Snapshot | None:
    """Refuse what nobody asked for, and whoever must prove to be the device and does not (docs/differences.md, 22, 42).

    Under forcetrust that is whoever sends a backup, and whoever sends anything of a device that has proved it before.
    Return the device's state, where an upload is judged by it.
    """
    if upload.sn is not None:
        other_spellings.taken_over(installation, config, upload.sn)
    if config.status.is_restricted:
        newcomers.refuse_unknown(installation, config, upload)
    if config.times.trust_needed:
        _trusted(installation, config, call, upload)
    if isinstance(upload, BackupUpload):
        if config.backup.dir:
            store.refuse_too_many(installation.root, config.backup, upload.hwid, now, installation.locks)
        return None
    return _asked(installation, config, upload)


def _trusted(
    installation: Installation, config: Config, call: Call, upload: BackupUpload | QueryAnswer | VarDump
) -> None:
    why, identities = None, installation.identities(config)
    shown = identities.shown(upload.sn) if upload.sn is not None else None
    if isinstance(upload, BackupUpload):
        claim = Claim(upload.hwid, upload.sn, identities.holder, shown.cn if shown else "")
        why = distrust(call, config.customcerts, claim)
    elif shown and not is_proven(call, config.customcerts, Claim("", upload.sn, identities.holder, shown.cn)):
        why = "the device has shown a verified certificate before, and this call shows none of it"
    if why:
        raise Refusal(403, f"{why}, nothing saved")


def _asked(installation: Installation, config: Config, upload: QueryAnswer | VarDump) -> Snapshot | None:
    folder, is_answer = installation.status_folder(config), isinstance(upload, QueryAnswer)
    if folder is None and is_answer:
        return None  # it is not stored
    was = installation.states.read_for_poll(folder, upload.sn) if folder else nothing()
    if why := unasked(upload, config, StoredDevice(was.state)):
        raise Refusal(*(400, why, "queries") if is_answer else (403, why, REQUESTS))
    return was


def store_backup(  # noqa: PLR0913, PLR0917 -- who sends what, from where and when
    installation: Installation, config: Config, address: str, upload: BackupUpload, body: bytes, now: int
) -> list[str]:
    """Store a configuration backup; return what to tell the device."""
    if not config.backup.dir:
        raise Refusal(403, "backup: no backup tag or no 'dir'  attribute in config - exit")
    if config.backup.nbackups <= 0:
        raise Refusal(403, "backup: 'nbackups' in config says that none are kept, nothing saved - exit")
    try:
        may_send = partial(newcomers.Newcomer(installation, config, address, now).send_backup, upload)
        stored = store.store(installation.root, config.backup, upload.hwid, body, installation.locks, may_send)
    except Refusal as refusal:
        if not refusal.limit and upload.sn is not None and _is_known(installation, config, upload.sn):
            keep(installation, config, upload.sn, [Log(f"backup: {refusal.text}")], now)
        raise
    if upload.sn is not None:
        keep(installation, config, upload.sn, [Remember("device", {"backup": str(stored.changed)})], now)
    return [stored.message]


def store_answer(  # noqa: PLR0913, PLR0917 -- who sends what, and when
    installation: Installation, config: Config, answer: QueryAnswer, body: bytes, now: int, was: Snapshot | None
) -> list[str]:
    """Store a query's answer in the device's state, known from `admit`; return what to tell the device."""
    if not _ELEMENT.fullmatch(answer.id):
        raise Refusal(500, f"query '{answer.id}' has an id that cannot name an XML element - exit")
    content = answer_text(body)
    try:
        element = answer_element(answer.id, content, now)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refusal(400, f"invalid xml: {error} - exit") from error
    if not config.status.dir:
        return [f"queries {answer.id} for {answer.sn} not saved: state tracking not enabled"]
    if answer.id in keep(installation, config, answer.sn, [Answered(answer.id, element)], now, was):
        raise Refusal(413, f"the state of {answer.sn} would be larger than allowed, nothing saved", "status/@maxsize")
    return [f"queries {answer.id} for {answer.sn} saved"]


def _is_known(installation: Installation, config: Config, sn: str) -> bool:
    folder = installation.status_folder(config)
    return folder is not None and (folder / f"{sn}.xml").exists()


def keep(  # noqa: PLR0913, PLR0917 -- whose state, as it was, and what changes when
    installation: Installation, config: Config, sn: str, changes: list[Change], now: int, was: Snapshot | None = None
) -> tuple[str, ...]:
    """Keep in a device's state what an upload changed; return the queries whose answers had to go for it."""
    folder = installation.status_folder(config)
    if folder is None:
        return ()
    return installation.states.record(folder, sn, changes, Keeping.of(config.status, now), was)
