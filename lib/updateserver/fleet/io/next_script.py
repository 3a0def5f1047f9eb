"""What a device would get if it polled now, by what is stored of it; nothing is touched."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from lxml import etree

from updateserver.base.names import is_safe, is_type
from updateserver.configuration.config import Config
from updateserver.device.request import Poll
from updateserver.fleet.row import attributes_of
from updateserver.poll.io.delivery import Preview, preview
from updateserver.poll.io.installation import Installation
from updateserver.poll.membership import next_phase, phase_of
from updateserver.poll.url import https_url
from updateserver.trust.call import Call, TlsClient


def next_script(
    installation: Installation, config: Config, sn: str, url: str, state: etree._Element | None = None
) -> Preview | None:
    """Return what a device's next poll is answered with, None if too little is stored of it; `url` is what it calls.

    `url` gets its HTTPS form if the configuration forces HTTPS; the device shows its own certificate then.
    """
    poll = next_poll(installation, config, sn, state=state)
    if poll is None:
        return None
    address = https_url(url, config.times) if config.times.forcehttps else url
    return preview(installation, config, next_call(config, address, poll.hwid), poll)


def next_poll(
    installation: Installation,
    config: Config,
    sn: str,
    given: Mapping[str, str | None] | None = None,
    state: etree._Element | None = None,
) -> Poll | None:
    """Return a device's next poll; what is `given` goes before what is stored. None if not all that is needed is known.

    `state` is the device's, where it was read already. The CHECK serial is not stored: unless given, the device is
    taken for one that has run nothing yet.
    """
    if not is_safe(sn):
        return None
    if state is None:
        folder = installation.status_folder(config)
        state = installation.states.read(folder, sn).state if folder else etree.Element("state")
    device, own = attributes_of(state, "device"), given or {}
    kind = own.get("type") or device.get("type", "")
    args = {
        "phase": own.get("phase") or device.get("phase"),
        "sn": sn,
        "type": kind,
        "hwid": own.get("hwid") or device.get("hwid") or f"{kind}-{sn[-8:]}",
        "ip": own.get("ip") or device.get("realip") or "127.0.0.1",
        "env": own.get("env") or device.get("environments", "").replace(", ", ",") or None,
        "PROT": own.get("PROT") or attributes_of(state, "firmware").get("build"),
        "BOOT": own.get("BOOT") or attributes_of(state, "bootcode").get("build"),
        "CHECK": own.get("CHECK"),
    }
    if not (kind and is_type(kind) and is_safe(args["hwid"] or "")):
        return None
    phase = phase_of(config, args["phase"])
    # What the device's URL says after its last poll in this phase.
    polling = config.times.polling if phase and next_phase(config, phase) else "0"
    return Poll({"polling": str(polling), **{name: value for name, value in args.items() if value is not None}})


def next_call(config: Config, url: str, certificate: str) -> Call:
    """Return the call as it would arrive at `url`; `certificate` is the CN of the caller's, "none" if it has none."""
    parts = urlsplit(url)
    folder, _, name = parts.path.rpartition("/")
    https = parts.scheme == "https"
    tls = TlsClient()
    if https and certificate != "none":
        certs = config.customcerts
        # As if all was well with its certificate: what the device would get is asked, not whether it proves itself.
        tls = TlsClient(certificate, "SUCCESS", frozenset(certs.CAname), certs.CAsubject)
    return Call(
        host=parts.netloc,
        folder=f"{folder}/",
        script=name,
        https=https,
        port=str(parts.port or (443 if https else 80)),
        peer="127.0.0.1",
        proxy=None,
        lighttpd=True,
        tls=tls,
    )
