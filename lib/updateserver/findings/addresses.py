"""Settings of `<master>` that cannot work: firmware, boot code, and the login of the admin pages.

Addresses that mislead the whole fleet: of the reference device, of firmware, of proxies.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from updateserver.base.similar import most_similar
from updateserver.base.text import is_numeric
from updateserver.certificates.policy import networks
from updateserver.configuration.config import Config
from updateserver.configuration.source import Finding, Node, error, warning
from updateserver.poll.firmware import is_odd
from updateserver.trust.addresses import named, overlap

PLACEHOLDER = "yourmasterdevice"
_DEFAULT_PASSWORD = "password"  # noqa: S105 -- the well-known one that is warned of


def firmware_advice(merged: Node, config: Config) -> Iterator[Finding]:
    """Yield what is odd about `<master>`."""
    node, master = merged.one("master"), config.master
    if master.password == _DEFAULT_PASSWORD:
        message = "the well-known default password: set master/@user and @password in your own configuration"
        yield error(message, node, "master", "password")
    elif not master.password and not master.user:
        yield warning("no user and no password: everybody can use the admin pages", node, "master", "password")
    if PLACEHOLDER in master.info:
        message = (
            'the placeholder: set it to http://REFERENCE-DEVICE/CMD0/box_info.xml, or to "" for no firmware updates'
        )
        yield warning(message, node, "master", "info")
    if master.info:
        yield from _builds(node, config)


def _builds(node: Node, config: Config) -> Iterator[Finding]:
    master = config.master
    for name, value, words in (
        ("firmware", master.firmware, ("master", "none")),
        ("bootcode", master.bootcode, ("master", "firmware", "none")),
    ):
        if node.get(name) == "0":
            yield warning("counts as master: write master, or none for no updates", node, "master", name)
        elif is_odd(value):
            message = "devices tell no build so, and get it as it is: write digits only, such as 130986"
            yield error(message, node, "master", name)
        elif value not in words and not is_numeric(value):
            message = "devices get no script: write {words} or a build number such as 130986"
            yield error(message, node, "master", name, words=", ".join(words))
        elif value == "master" and master.info == "none":
            message = (
                'devices get no script, as with info="none" no device tells the build: write a build number or none'
            )
            yield error(message, node, "master", name)


_WORDS = ("{build}", "{model}", "{filetype}", "{filename}")
_BRACED = re.compile(r"\{[^{}]*\}")
_BLANK = "devices take a blank for the end of the URL: rename the file or folder, or write %20"
_LOADED_BY = ("http", "https", "ftp", "tftp")


def address_advice(merged: Node, config: Config) -> Iterator[Finding]:
    """Yield addresses by which nothing, or the wrong thing, is found."""
    yield from _reference_device(merged.one("master"), config.master.info)
    yield from _firmware(merged.one("fwstorage"), config.fwstorage.url)
    for model in merged.one("filenames").all("model"):
        for kind in ("prot", "boot"):
            if any(map(str.isspace, model.get(kind))):
                yield error(_BLANK, model, f"filenames/{model.name}", kind)
    yield from _proxies(merged.one("times"), config)


def _reference_device(node: Node, info: str) -> Iterator[Finding]:
    if info in ("", "none") or PLACEHOLDER in info:
        return
    if info.strip().lower() in ("", "none"):
        message = 'the reference device cannot be asked: write none in lower case, without blanks, or ""'
        yield error(message, node, "master", "info")
    elif not _is_web_address(info):
        message = (
            "the reference device cannot be asked: write http://REFERENCE-DEVICE/CMD0/box_info.xml, none, or "
            '"" for no firmware updates'
        )
        yield error(message, node, "master", "info")
    elif "@" in urlsplit(info).netloc:
        message = "the reference device cannot be asked: an address with a user is not supported, remove it"
        yield error(message, node, "master", "info")
    elif urlsplit(info).path in ("", "/"):
        message = "names no page of the reference device: write its address with /CMD0/box_info.xml at the end"
        yield warning(message, node, "master", "info")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_whole and text.isprintable() and not any(letter.isspace() for letter in text)


def _firmware(node: Node, url: str) -> Iterator[Finding]:
    if any(map(str.isspace, url)):
        yield error(_BLANK, node, "fwstorage", "url")
    unknown = [word for word in _BRACED.findall(url) if word not in _WORDS]
    for word in unknown:
        message = "{word} is not filled in: known are {known}"
        meant = most_similar(word, _WORDS)
        yield warning(message, node, "fwstorage", "url", word=word, known=", ".join(_WORDS), meant=meant)
    if "{build}" not in url and not any(word.lower() == "{build}" for word in unknown):
        message = "devices load the same files for each build, perhaps again and again: write /{build}/ into it"
        yield warning(message, node, "fwstorage", "url")
    if not url.endswith("/") and not {"{model}", "{filename}"} & set(_BRACED.findall(url)):
        message = "devices of all types load the same file: end it with / or {filename}"
        yield warning(message, node, "fwstorage", "url")
    scheme, separator, _ = url.partition("://")
    if separator and scheme.lower() not in _LOADED_BY:
        yield warning("devices cannot load from there: write http:// or https://", node, "fwstorage", "url")
    elif not separator and "." in url.lstrip("/").partition("/")[0].strip("."):
        message = "counts as a folder below this server: where another server is meant, write http:// before it"
        yield warning(message, node, "fwstorage", "url")


def _proxies(node: Node, config: Config) -> Iterator[Finding]:
    """Yield proxies by which devices that are signed for may say any address."""
    ranges = [one for one in named(config.times.proxies).networks if one.num_addresses > 1]
    try:
        signed_for = networks(config.customcerts)
    except ValueError:  # told elsewhere
        return
    if config.customcerts.auto_sign_off and overlap(ranges, signed_for):
        message = (
            "holds addresses of customcerts/@network: devices there count as proxies and can say any address: name "
            "the proxies' own addresses only"
        )
        yield error(message, node, "times", "proxies")
