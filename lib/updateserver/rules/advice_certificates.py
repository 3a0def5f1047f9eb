"""Settings for certificates and trust that do not go together."""

from collections.abc import Iterator

from updateserver.model.configuration import Config
from updateserver.model.source import Finding, Node, error, warning

_CA_TYPES = ("manual", "local")


def certificate_advice(merged: Node, config: Config) -> Iterator[Finding]:
    """Yield what keeps certificates from being rolled out or checked."""
    times, certs = merged.one("times"), merged.one("customcerts")
    if config.times.forcetrust and not config.times.forcehttps:
        yield warning("does nothing without forcehttps: set that as well", times, "times", "forcetrust")
    if config.times.trust_needed and not config.customcerts.CAname:
        message = "devices get no script: with times/@forcetrust, name the CAs whose certificates are good"
        yield error(message, certs, "customcerts", "CAname")
    if config.customcerts.dir:
        yield from _roll_out(certs, config)


def _roll_out(certs: Node, config: Config) -> Iterator[Finding]:
    settings = config.customcerts
    if settings.CAtype not in _CA_TYPES:
        yield error(f"devices get no script: write {' or '.join(_CA_TYPES)}", certs, "customcerts", "CAtype")
    if not settings.CAname and not config.times.trust_needed:
        yield warning("no certificate is good: name the CAs", certs, "customcerts", "CAname")
    if not settings.CAnamesep and "," in certs.get("CAname"):
        yield warning('CAname counts as one single name: write ","', certs, "customcerts", "CAnamesep")
    if not config.status.dir:
        yield warning("certificates are left alone: set status/@dir as well", certs, "customcerts", "dir")
    if not any(query.id == "certificates" and query.applies for query in config.queries.queries):
        message = "devices do not tell their certificates: add <applies>*</applies> to the query certificates"
        yield warning(message, certs, "customcerts", "dir")
