"""Settings for certificates and trust that do not go together."""

import re
from collections.abc import Iterator

from updateserver.base.message import Message
from updateserver.certificates.policy import networks, waiting_attributes
from updateserver.configuration.config import Config, CustomCerts
from updateserver.configuration.source import Finding, Node, error, warning
from updateserver.poll.signing_request import META_WORD, META_WORDS
from updateserver.trust.distinguished_names import parsed

_IN_BRACES = re.compile(r"\{[^{}]*\}")
_CA_TYPES = ("manual", "local")


def certificate_advice(merged: Node, config: Config) -> Iterator[Finding]:
    """Yield what keeps certificates from being rolled out or checked."""
    times, certs = merged.one("times"), merged.one("customcerts")
    if config.times.forcetrust and not config.times.forcehttps:
        yield warning("does nothing without forcehttps: set that as well", times, "times", "forcetrust")
    if config.times.trust_needed and not config.customcerts.CAname:
        message = "devices get no script: with times/@forcetrust, name the CAs whose certificates are good"
        yield error(message, certs, "customcerts", "CAname")
    if config.customcerts.CAsubject and not parsed(config.customcerts.CAsubject):
        yield warning("no client certificate fits: write such as C=DE,O=innovaphone", certs, "customcerts", "CAsubject")
    if config.customcerts.dir:
        yield from _enrolment(certs, config)


def _names_the_device(settings: CustomCerts) -> bool:
    cn = settings.csr.get("dn-cn", "")
    return cn in ("{hwid}", "{sn}") or (bool(cn) and cn == settings.CAwildcard)


def _words(certs: Node, settings: CustomCerts) -> Iterator[Finding]:
    """Yield what stands in braces and is none of the words that are replaced."""
    for name, text in settings.csr.items():
        for word in _IN_BRACES.findall(text):
            if not META_WORD.fullmatch(word):
                message = "{word} stays as it is: what is replaced is {words}"
                words = " ".join(f"{{{one}}}" for one in META_WORDS)
                yield warning(message, certs, "customcerts", f"CSR{name}", word=word, words=words)


def _policy(certs: Node, settings: CustomCerts) -> Iterator[Finding]:
    """Yield what keeps the policy from signing as it is meant to."""
    if settings.auto_sign_off and not settings.is_local:
        yield warning('does nothing without CAtype="local"', certs, "customcerts", "auto-sign-off")
    if settings.auto_sign_off and not settings.network:
        message = "only devices that show a verified certificate are signed for: name a network for the others"
        yield warning(message, certs, "customcerts", "auto-sign-off")
    for name in waiting_attributes(settings.csr) if settings.auto_sign_off else ():
        known = Message("{sn} and {hwid} as DNS names, and {ip} as address")
        if name.startswith("CSRdn"):
            known = Message("{sn}, {hwid} and {ip} in subjects")
        yield warning(
            "requests wait for an admin: the policy signs only {known}", certs, "customcerts", name, known=known
        )
    try:
        networks(settings)
    except ValueError as problem:
        place = "netmask" if settings.netmask else "network"
        yield warning("no network: {why}", certs, "customcerts", place, why=problem)


def _enrolment(certs: Node, config: Config) -> Iterator[Finding]:
    settings = config.customcerts
    if settings.CAtype not in _CA_TYPES:
        yield error("devices get no script: write manual or local", certs, "customcerts", "CAtype")
    if not settings.CAname and not config.times.trust_needed:
        yield warning("no certificate is good: name the CAs", certs, "customcerts", "CAname")
    if not _names_the_device(settings):
        yield warning("requests do not name the device: write {hwid} or {sn}", certs, "customcerts", "CSRdn-cn")
    yield from _words(certs, settings)
    yield from _policy(certs, settings)
    if not settings.CAnamesep and "," in certs.get("CAname"):
        yield warning('CAname counts as one single name: write ","', certs, "customcerts", "CAnamesep")
    if not config.status.dir:
        yield warning("certificates are left alone: set status/@dir as well", certs, "customcerts", "dir")
    if not any(query.id == "certificates" and query.applies for query in config.queries.queries):
        message = "devices do not tell their certificates: add <applies>*</applies> to the query certificates"
        yield warning(message, certs, "customcerts", "dir")
