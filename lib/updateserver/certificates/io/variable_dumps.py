"""Storing what a device sends of its variables: its signing request, or why a certificate was not taken.

A request that is stored gives way to a better one only (`Rank` in `certificates/request_checks.py`), so that nobody
blocks the device's own by being faster.
"""

import fnmatch
from collections.abc import Mapping
from pathlib import Path

from updateserver.base.io.files import only_writer, replace
from updateserver.base.refusal import Refusal
from updateserver.base.text import dns_label
from updateserver.configuration.config import Config
from updateserver.device.certificate_files import CertificateFiles
from updateserver.device.request import VarDump
from updateserver.device.steps import Log, Remember
from updateserver.poll.io.installation import Installation
from updateserver.poll.io.uploads import keep
from updateserver.poll.uploads import REQUESTS, files_to_write, var_value
from updateserver.trust.call import Call


def store(installation: Installation, config: Config, call: Call, dump: VarDump, body: bytes, now: int) -> list[str]:  # noqa: PLR0913, PLR0917 -- who sends what, and when
    """Store a device's signing request or its error; return what to tell the device."""
    folder = installation.certificate_folder(config)
    if not folder:
        raise Refusal(403, "vardump: no customcerts tag or no 'dir' attribute in config - exit")
    # A "serial number" such as CAkey-1 would put a stranger's file among those that devices trust.
    if fnmatch.fnmatch(f"{dump.sn}-", config.customcerts.CAkeys):
        raise Refusal(403, f"vardump: sn={dump.sn} is like the name of a CA's file, nothing saved")
    value = var_value(dump, body)
    files = files_to_write(dump, config.customcerts.dir, value)
    # The device has no such variable: there was no error to be fetched, which is the usual case.
    if value is None:
        return [f"vardump: no {dump.var} in what was sent, nothing saved"]
    request = CertificateFiles(dump.sn).request
    if request in files:
        _store_request(installation, config, call, dump, files, now)
    else:
        with only_writer(installation.locks, f"certificates {dump.sn}"):
            _write(folder, files)
    message = f"uploaded {dump.file} with proc={dump.proc}/postproc={dump.postproc} "
    var = f"var-{dns_label(dump.var)}"
    keep(installation, config, dump.sn, [Remember("device", {var: str(now)}), Log(message)], now)
    return [message]


def _store_request(  # noqa: PLR0913, PLR0917 -- as above
    installation: Installation, config: Config, call: Call, dump: VarDump, files: Mapping[str, bytes], now: int
) -> None:
    from updateserver.certificates.io import arriving, enrolment  # noqa: PLC0415 -- they bring cryptography

    device = enrolment.Enrolment(installation, config, dump.sn)
    name = device.files.request
    content, was = files[name], device.read(name)
    gives_way = was in (None, content) or arriving.is_better(device, call, content, now)
    with only_writer(installation.locks, device.lock):
        if (device.folder / device.files.rejected).exists():
            # The upload may have been under way while the admin rejected it.
            raise Refusal(409, "an admin rejected this request, another one will be asked for, nothing saved")
        # Judged before the lock was taken: if another upload came in between, it is judged no more.
        is_stored = gives_way and device.read(name) == was
        if is_stored and content != was:
            _write(device.folder, files)
    if is_stored:
        arriving.arrived(device, call, now)
    elif arriving.another_arrived(device, call, content, now):
        raise Refusal(409, f"there is another request in {name} already, nothing saved")
    else:
        raise Refusal(400, f"this is no signing request, and there is another one in {name}, nothing saved", REQUESTS)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        replace(folder / name, content, durable=True)
