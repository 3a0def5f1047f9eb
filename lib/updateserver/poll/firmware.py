"""The builds in a device's version text.

Which firmware and boot code a device shall run, and the commands that bring it there.
"""

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass

from updateserver.base.text import encoded, is_numeric, latin1, loosely_equal, lower
from updateserver.configuration.config import Config, FileNames, Master
from updateserver.device.request import Poll
from updateserver.device.steps import Abandon, Comment, Line, Log, Note, Remember, Step
from updateserver.poll.facts import Builds, PollContext
from updateserver.poll.url import configured_url
from updateserver.trust.call import Call

_BRACKETS = re.compile(r"\[([^\]]*)\]")
_BUILD = re.compile(r"[0-9A-Za-z._-]{0,32}", re.ASCII)
_AS_DEVICES_TELL_IT = re.compile("[1-9][0-9]*")
_LAST = 3  # firmware, boot code, hardware


def builds_of(version: str) -> Builds:
    """Return the builds in text such as `13r1 dvl IP811[13.A127], Bootcode[113454], Hardware[300]`.

    The last three brackets count; dots are no part of a firmware build. Raises ValueError for other text.
    """
    # The label before them may hold brackets of its own, so they are counted from the end, as the reference does.
    brackets = _BRACKETS.findall(version)[-_LAST:]
    if len(brackets) < _LAST:
        raise ValueError(f"cannot find firmware, boot code and hardware in version '{version}' of PBX info")
    # Devices write 13.A127 here, and 13A127 in their argument PROT, which this is compared with.
    builds = Builds(firmware=brackets[0].replace(".", ""), bootcode=brackets[1])
    if not (_BUILD.fullmatch(builds.firmware) and _BUILD.fullmatch(builds.bootcode)):
        raise ValueError(f"firmware or boot code in version '{version}' of PBX info is no build")
    return builds


def is_odd(build: str) -> bool:
    """Tell whether a build is a number, but not written as devices tell theirs: ` 4711`, `+5`, `13.1`, `04711`."""
    return is_numeric(build) and not _AS_DEVICES_TELL_IT.fullmatch(build)


@dataclass(frozen=True, slots=True)
class ImageKind:
    """One of the two things that are updated."""

    command: str  # of module UP0, and {filetype}
    element: str  # of the state
    argument: str  # in which the device reports its build
    name: str
    title: str  # in messages, where the reference system writes it apart


FIRMWARE = ImageKind("prot", "firmware", "PROT", "firmware", "firmware")
BOOTCODE = ImageKind("boot", "bootcode", "BOOT", "bootcode", "boot code")


class _Unusable(Exception):
    """The configuration does not say which build is wanted."""


def update(context: PollContext) -> Generator[Step, None, bool]:
    """Have the device load the wanted builds; return whether the script may go on."""
    config, master = context.config, context.config.master
    # An empty `info` turns updates off; "none" only says that no device is asked, for builds that are fixed numbers.
    if not master.info:
        return True
    yield Comment("")
    builds = None
    if master.info != "none":
        reference = context.facts.reference()
        for comment in reference.comments:
            yield Comment(comment)
        builds = reference.builds
        if not builds:
            yield Abandon()
            return False
    try:
        firmware, how_firmware = _wanted_firmware(master, builds)
        bootcode, how_bootcode = _wanted_bootcode(master, builds, firmware)
    except _Unusable as error:
        yield Comment(f"{error} - exit")
        yield Abandon()
        return False
    yield Comment(how_firmware)
    yield Comment(how_bootcode)
    yield Comment(f"nofirm: {', '.join(config.nofirmdev)}. This device type={context.poll.type}")
    yield Comment(f"noboot: {', '.join(config.nobootdev)}")
    if unmet := next((one for one in master.applies if not context.meets(one)), None):
        where = "env" if unmet.env else "class"
        yield Comment(f"no firmware/bootcode update as device does not fit <applies>: {unmet.name} ({where})")
        return True
    loads_firmware = yield from _load(context, FIRMWARE, firmware, config.nofirmdev)
    loads_bootcode = yield from _load(context, BOOTCODE, bootcode, config.nobootdev)
    # New firmware runs after the reset only. What follows is meant for it, and a reset ends the script.
    if loads_firmware or loads_bootcode:
        yield Comment("make sure remaining update scripts are executed with up-to-date firmware and update URL")
        yield Line("iresetn")
    return True


def wanted_builds(master: Master, builds: Builds | None) -> tuple[str | None, str | None]:
    """Return the firmware and boot code that devices shall run; None where none is wanted, or it cannot be known."""
    try:
        firmware, _ = _wanted_firmware(master, builds)
        bootcode, _ = _wanted_bootcode(master, builds, firmware)
    except _Unusable:
        return None, None
    return firmware, bootcode


def _wanted_firmware(master: Master, builds: Builds | None) -> tuple[str | None, str]:
    wanted = master.firmware or "master"
    if wanted == "master":
        if not builds:
            raise _Unusable("Cannot use firmware='master' with no info available")
        return builds.firmware, "firmware derived from master device"
    # What is neither "master" nor "none" must be a number, as the reference has it: 13A127 cannot be fixed.
    return _fixed("firmware", wanted)


def _wanted_bootcode(master: Master, builds: Builds | None, firmware: str | None) -> tuple[str | None, str]:
    wanted = master.bootcode or "master"
    if wanted == "firmware":
        return firmware, "bootcode derived from firmware"
    if wanted == "master":
        if not builds:
            raise _Unusable("Cannot use bootcode='master' with no info available")
        return builds.bootcode, "bootcode derived from master device"
    return _fixed("bootcode", wanted)


def _fixed(attribute: str, wanted: str) -> tuple[str | None, str]:
    if wanted == "none":
        return None, f"{attribute} update disabled"
    if not is_numeric(wanted):
        raise _Unusable(f"Invalid value '{wanted}' for {attribute} attribute in <master> tag")
    return wanted, f"{attribute} fixed to {wanted}"


def _load(
    context: PollContext, kind: ImageKind, build: str | None, exempt: tuple[str, ...]
) -> Generator[Step, None, bool]:
    poll = context.poll
    # Type names are compared in any case, since admins write them as they like (reference).
    if not build or lower(poll.type) in map(lower, exempt):
        yield Comment(f"no {kind.name} update for device of type '{poll.type}'")
        return False
    running = poll.args.get(kind.argument)
    # PHP compares loosely, so a site may have written ` 4711`. Builds as devices write them are compared as text: 13E5
    # is no number (docs/differences.md, 26).
    if running == build or (is_odd(build) and loosely_equal(build, running)):
        yield Comment(f"{kind.title} {build} good")
        return False
    yield Note(f"current {kind.title} ({running or 'unknown'}) does not match required {kind.title} ({build})")
    yield Line(
        f"mod cmd UP0 {kind.command} {file_url(context.config, context.call, poll.type, kind, build)} ser {build}"
    )
    yield Remember(kind.element, {"requested": build, "requested-at": str(context.facts.now)})
    return True


def file_url(config: Config, call: Call, device_type: str, kind: ImageKind, build: str) -> str:
    """Return the URL from which a device of this type loads a build."""
    url = config.fwstorage.url
    for word, value in (
        ("{build}", build),
        ("{model}", encoded(device_type)),
        ("{filetype}", kind.command),
        ("{filename}", file_name(config, device_type, kind)),
    ):
        url = url.replace(word, value)
    return configured_url(call, url)


def file_name(config: Config, device_type: str, kind: ImageKind) -> str:
    """Return the name of the file that a device of this type loads; it adds that to a URL that ends with a slash."""
    own = config.filenames.get(lower(device_type), FileNames())
    # By the whole type in lower case, as the reference does; only the default below is cut at the first dash.
    alternate = own.prot if kind is FIRMWARE else own.boot
    if alternate is not None:
        return latin1(alternate)
    model = lower(device_type).partition("-")[0]
    # As the vendor names its files: ip232.bin, but boot232.bin.
    return encoded(f"{model}.bin" if kind is FIRMWARE else f"boot{model.removeprefix('ip')}.bin")


def reported(poll: Poll, before: Mapping[str, str]) -> Iterator[Step]:
    """Keep what a device says about itself, and that it was other hardware `before`: two may use one serial number."""
    for kind in (FIRMWARE, BOOTCODE):
        if kind.argument in poll.args:
            yield Remember(kind.element, {"build": poll.args[kind.argument]})
    was = before.get("hwid")
    # Two devices may bear one serial number, such as a soft phone whose disk was copied.
    if was and was != poll.hwid:
        now, then = f"{poll.hwid} ({poll.args['ip']})", f"{was} ({before.get('realip', '')})"
        yield Log(f"{now} calls with the serial number of {then}: do two devices use it?")
        yield Remember("device", {"otherhwid": was})
    yield Remember("device", {"hwid": poll.hwid, "realip": poll.args["ip"]})
