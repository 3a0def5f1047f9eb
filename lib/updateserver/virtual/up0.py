"""The module UP0 of a device: transfers of firmware, boot code and uploads.

Each function runs one line to its end and returns the final command that is due, "" if none is. What went wrong is
recorded in the poll; the next poll tries again.
"""

from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from updateserver.virtual.network import HttpCall
from updateserver.virtual.poll import PollRecord
from updateserver.virtual.script import options, positional

if TYPE_CHECKING:
    from updateserver.virtual.device import Device

OK = 200


def load(device: "Device", poll: PollRecord, kind: str, words: list[str]) -> str:
    """Load firmware (`prot`) or boot code (`boot`): `URL FINAL SERIAL`.

    Raises ValueError if one of the three is missing.
    """
    if len(words) < 3:  # noqa: PLR2004 -- URL FINAL SERIAL
        raise ValueError(f"{kind} wants URL FINAL SERIAL")
    url, final, serial = device.identity.fill(words[0]), words[1], words[2]
    if serial == (device.variables.serial(kind.upper()) or device.running(kind)):
        return ""
    if url.endswith("/"):
        url += device.identity.firmware_file if kind == "prot" else device.identity.bootcode_file
    call = device.network.fetch(url)
    _record(device, poll, call, "loads")
    if call.status != OK:
        return ""
    device.loaded[kind] = serial
    device.reset_needed = True
    device.variables.store_serial(kind.upper(), serial, device.clock())
    return final


def upload(device: "Device", poll: PollRecord, words: list[str]) -> str:
    """Upload the configuration, or what a command prints: `URL [FINAL [SERIAL]] [/always CMD] [/force HOURS]`.

    With a serial that is stored already, nothing is sent, unless that was `/force` hours ago. `nop` is never stored.

    Raises ValueError if the URL is missing or `/force` is not a number.
    """
    fixed, named = positional(words), dict(options(words))
    if not fixed:
        raise ValueError("scfg wants a URL")
    url, final, serial = (*fixed, "", "")[:3]
    if serial == "nop":
        serial = ""
    if serial and _sent_already(device, serial, named.get("/force")):
        return ""
    command = named.get("/always")
    body = printed(device, command) if command else device.dump()
    call = device.network.upload(device.identity.fill(url), body.encode())
    _record(device, poll, call, "uploads")
    if call.problem:
        return ""
    if device.told.get(url) != body:
        device.told[url] = body
        poll.changed.append("uploads")
    if serial:
        device.variables.store_serial("SCFG", serial, device.clock())
    return final


def printed(device: "Device", command: str) -> str:
    """Tell what a command prints on the device."""
    match command.split():
        case ["mod", "cmd", "X509", "xml-info"]:
            return device.x509.xml(device.variables)
        case ["mod", "cmd", "CMD0", "xml-info"]:
            name = device.active.option("CMD0", "/name") or ""
            return _xml(name=name, product=device.identity.type, serial=device.identity.sn, version=device.version)
        case ["vars", "read", name]:
            return device.variables.read(name)
        case _:
            return _xml(command=command, device=device.identity.hwid)


def _record(device: "Device", poll: PollRecord, call: HttpCall, counter: str) -> None:
    device.counters[counter] += 1
    poll.calls.append(call)
    if call.problem:
        poll.errors.append(str(call))


def _sent_already(device: "Device", serial: str, force: str | None) -> bool:
    sent = device.variables.serial_date("SCFG")
    if sent is None or device.variables.serial("SCFG") != serial:
        return False
    return force is None or device.clock() - sent < timedelta(hours=float(force))


def _xml(**attributes: str) -> str:
    return ET.tostring(ET.Element("info", attributes), encoding="unicode")
