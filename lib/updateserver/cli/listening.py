"""On which ports `serve` listens, and what is said of each: plain HTTP, HTTPS, mutual TLS."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from updateserver.web.embedded import Listener

if TYPE_CHECKING:
    import ssl

    from updateserver.configuration.config import Config
    from updateserver.web.embedded.client_authorities import Authority

ON_LAP = "/update/"  # as the mutual TLS port of the vendor's appliance has it: the default httpsurlmod leads there


@dataclass(frozen=True, slots=True)
class ListenOptions:
    """What was asked for on the command line."""

    root: Path
    host: str
    http: int
    https: int | None
    mtls: int | None
    client_ca: tuple[Path, ...]
    cert: Path | None
    key: Path | None


@dataclass(frozen=True, slots=True)
class Port:
    """One port: `title` says for whom, `folder` is how the installation is called there, unless told otherwise."""

    listener: Listener
    title: str
    scheme: str
    folder: str = ""
    remarks: tuple[str, ...] = field(default=())


def ports(wanted: ListenOptions) -> list[Port]:
    """Return the ports to open, HTTP first. Raises OSError or ValueError for certificates that cannot be used."""
    found = [Port(Listener(wanted.host, wanted.http), "Command File URL of a device", "http")]
    if wanted.https is not None:
        context = _context(wanted)
        found.append(Port(Listener(wanted.host, wanted.https, context), "by HTTPS", "https"))
    if wanted.mtls is not None:
        found.append(_mutual(wanted, wanted.mtls))
    return found


def _mutual(wanted: ListenOptions, port: int) -> Port:
    from updateserver.configuration.io.files import look_at  # noqa: PLC0415 -- slow, and HTTP needs none of it
    from updateserver.web.embedded import client_authorities  # noqa: PLC0415

    config = look_at(wanted.root)[0].config
    folder, pattern = (config.customcerts.dir, config.customcerts.CAkeys) if config else ("", "")
    files = list(wanted.client_ca) or client_authorities.usual_files(wanted.root, folder, pattern)
    authorities = client_authorities.authorities_in(files)
    context = _context(wanted)
    client_authorities.ask_for_certificates(context, authorities)
    remarks = tuple(_trusted(wanted.root, authorities)) or (
        "NO certification authority is trusted: no device can prove who it is.",
        f"Put their certificates into {client_authorities.OWN_FILE} (innovaphone's own), or into",
        f"{folder or client_authorities.FOLDER}/ as {pattern or client_authorities.PATTERN} (your own), or name a file",
        "with --client-ca; then start again.",
    )
    warning = tuple(_elsewhere(config, (wanted.https, wanted.mtls)))
    return Port(Listener(wanted.host, port, context), "by mutual TLS", "https", ON_LAP, remarks + warning)


def _trusted(root: Path, authorities: "list[Authority]") -> Iterator[str]:
    for authority in authorities:
        file = authority.file
        yield f"trusted: {authority.name} ({file.relative_to(root) if file.is_relative_to(root) else file})"


def _elsewhere(config: "Config | None", opened: tuple[int | None, ...]) -> Iterator[str]:
    """Say so if the configuration sends devices to a port that is not opened here."""
    times = config.times if config else None
    if times and times.forcehttps and not times.innerport:
        port = times.httpsport or "443"
        if port not in map(str, opened):
            yield f"times/@httpsport sends devices to port {port}, which is not opened here."


def _context(wanted: ListenOptions) -> "ssl.SSLContext":
    from updateserver.web.embedded import server_certificate  # noqa: PLC0415 -- slow, and HTTP needs it not

    if wanted.cert:
        return server_certificate.own_context(wanted.cert, wanted.key or wanted.cert)
    return server_certificate.server_context(wanted.root)
