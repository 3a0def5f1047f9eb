"""Settings of `<master>` that cannot work: firmware, boot code, and the login of the admin pages."""

from collections.abc import Iterator

from updateserver.model.configuration import Config
from updateserver.model.source import Finding, Node, error, warning
from updateserver.rules.builds import is_odd
from updateserver.rules.text import is_numeric

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
