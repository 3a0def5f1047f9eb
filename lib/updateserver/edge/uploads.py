"""Storing what devices upload: whole, or not at all."""

import fnmatch
import re
from functools import partial

from lxml import etree

from updateserver.edge import backups, newcomers, other_spellings
from updateserver.edge.files import only_writer, read, replace
from updateserver.edge.site import Site
from updateserver.edge.state import Keeping
from updateserver.edge.state_changes import answer_element
from updateserver.model.call import Call
from updateserver.model.certificate_files import CertificateFiles
from updateserver.model.configuration import Config
from updateserver.model.refusal import Refusal
from updateserver.model.request import BackupUpload, QueryAnswer, VarDump
from updateserver.model.steps import Answered, Change, Log, Remember
from updateserver.rules.text import dns_label
from updateserver.rules.trust import Claim, distrust, is_proven
from updateserver.rules.uploads import answer_text, files_to_write, var_value

_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*", re.ASCII)


def admit(site: Site, config: Config, call: Call, upload: BackupUpload | QueryAnswer | VarDump) -> None:
    """Refuse an upload of somebody who must prove to be the device, and does not (docs/differences.md, 22).

    Under forcetrust that is whoever sends a backup, and whoever sends anything of a device that has proved it before.
    """
    if upload.sn is not None:
        other_spellings.taken_over(site, config, upload.sn)
    if config.status.is_choosy:
        newcomers.refuse_unknown(site, config, upload)
    if not config.times.trust_needed:
        return
    why, identities = None, site.identities(config)
    shown = identities.shown(upload.sn) if upload.sn is not None else None
    if isinstance(upload, BackupUpload):
        claim = Claim(upload.hwid, upload.sn, identities.holder, shown.cn if shown else "")
        why = distrust(call, config.customcerts, claim)
    elif shown and not is_proven(call, config.customcerts, Claim("", upload.sn, identities.holder, shown.cn)):
        why = "the device has shown a verified certificate before, and this call shows none of it"
    if why:
        raise Refusal(403, f"{why}, nothing saved")


def store_backup(  # noqa: PLR0913, PLR0917 -- who sends what, from where and when
    site: Site, config: Config, address: str, upload: BackupUpload, body: bytes, now: int
) -> list[str]:
    """Store a configuration backup; return what to tell the device."""
    if not config.backup.dir:
        raise Refusal(403, "backup: no backup tag or no 'dir'  attribute in config - exit")
    if config.backup.nbackups <= 0:
        raise Refusal(403, "backup: 'nbackups' in config says that none are kept, nothing saved - exit")
    try:
        may_send = partial(newcomers.Newcomer(site, config, address, now).send_backup, upload)
        stored = backups.store(site.root, config.backup, upload.hwid, body, site.locks, may_send)
    except Refusal as refusal:
        if upload.sn is not None and _is_known(site, config, upload.sn):
            _record(site, config, upload.sn, [Log(f"backup: {refusal.text}")], now)
        raise
    if upload.sn is not None:
        _record(site, config, upload.sn, [Remember("device", {"backup": str(stored.changed)})], now)
    return [stored.message]


def store_answer(site: Site, config: Config, answer: QueryAnswer, body: bytes, now: int) -> list[str]:
    """Store a query's answer in the device's state; return what to tell the device."""
    if not _ELEMENT.fullmatch(answer.id):
        raise Refusal(500, f"query '{answer.id}' has an id that cannot name an XML element - exit")
    content = answer_text(body)
    try:
        answer_element(answer.id, content, now)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refusal(400, f"invalid xml: {error} - exit") from error
    if not config.status.dir:
        return [f"queries {answer.id} for {answer.sn} not saved: state tracking not enabled"]
    _record(site, config, answer.sn, [Answered(answer.id, content)], now)
    return [f"queries {answer.id} for {answer.sn} saved"]


def store_var_dump(  # noqa: PLR0913, PLR0917 -- who sends what, and when
    site: Site, config: Config, call: Call, dump: VarDump, body: bytes, now: int
) -> list[str]:
    """Store a device's signing request or its error; return what to tell the device."""
    folder = site.certificate_folder(config)
    if not folder:
        raise Refusal(403, "vardump: no customcerts tag or no 'dir' attribute in config - exit")
    if fnmatch.fnmatch(f"{dump.sn}-", config.customcerts.CAkeys):
        raise Refusal(403, f"vardump: sn={dump.sn} is like the name of a CA's file, nothing saved")
    value = var_value(dump, body)
    files = files_to_write(dump, config.customcerts.dir, value or b"")
    if value is None:
        return [f"vardump: no {dump.var} in what was sent, nothing saved"]
    request = CertificateFiles(dump.sn).request
    is_other = False
    with only_writer(site.locks, f"certificates {dump.sn}"):
        if request in files and (folder / CertificateFiles(dump.sn).rejected).exists():
            raise Refusal(409, "an admin rejected this request, another one will be asked for, nothing saved")
        is_other = request in files and read(folder / request) not in (None, files[request])
        for name, content in () if is_other else files.items():
            replace(folder / name, content, durable=True)
    if request in files:
        from updateserver.edge import arriving_requests, roll_out  # noqa: PLC0415 -- they bring cryptography

        device = roll_out.RollOut(site, config, dump.sn)
        if is_other:
            arriving_requests.another_arrived(device, call, files[request], now)
            raise Refusal(409, f"there is another request in {request} already, nothing saved")
        arriving_requests.arrived(device, call, now)
    message = f"uploaded {dump.file} with proc={dump.proc}/postproc={dump.postproc} "
    var = f"var-{dns_label(dump.var)}"
    _record(site, config, dump.sn, [Remember("device", {var: str(now)}), Log(message)], now)
    return [message]


def _is_known(site: Site, config: Config, sn: str) -> bool:
    folder = site.status_folder(config)
    return folder is not None and (folder / f"{sn}.xml").exists()


def _record(site: Site, config: Config, sn: str, changes: list[Change], now: int) -> None:
    if folder := site.status_folder(config):
        site.states.record(folder, sn, changes, Keeping(now, config.status.logkeep))
