"""What is made from the table of all tags and attributes: the DTD for editors, and the reference for people."""

from collections.abc import Iterator
from pathlib import Path

import click

from updateserver.base.io.files import content_of
from updateserver.cli.options import plain_root_option
from updateserver.configuration.io.files import DEFAULTS
from updateserver.configuration.source import Node
from updateserver.configuration.tag import Attribute, Kind, Tag
from updateserver.configuration.vocabulary import CONFIG
from updateserver.configuration.xml_source import Unreadable, parsed

_DTD_INTRODUCTION = """\
<!-- Tags and attributes of config.xml and config/user-config.xml, for editors that help with them.
     Made by "updateserver dtd" from the table in lib/updateserver/configuration/vocabulary.py: change that one. -->
"""

_REFERENCE_INTRODUCTION = """\
# Configuration reference

<!-- Made by "updateserver reference" from lib/updateserver/configuration/vocabulary.py: change that one. -->

What a site sets for itself stands in `config/user-config.xml`, to begin with a copy of `config/sample.user-config.xml`.
Everything else is as in `config.xml`, which an update of the server replaces. `config/user-config-dvl.xml`, where it
exists, is read in place of `config/user-config.xml`. A changed file counts from the next call on.

- An attribute that the site sets takes the place of the default.
- Tags with an `id` (phases, environments, classes, queries, ...) change the default one of the same `id`, or are added.
- Other tags that may be there several times (`model`, `applies`, ...) are added.
- Tags that may be there once are written once: of several, only the first counts, which is the default's.

`updateserver check-config` and the page *Configuration* list all that is wrong or odd, with file and line;
[operation.md](operation.md#when-the-configuration-is-broken) says what else they look at. `x/@y` means the
attribute `y` of the tag `x`. A number that is empty or none counts as 0, a switch is on if it is exactly `true`.
"""


@click.command()
def dtd() -> None:
    """Print the DTD of the configuration, to be kept as config/full-config.dtd."""
    click.echo(dtd_text(), nl=False)


@click.command()
@plain_root_option
def reference(root: Path) -> None:
    """Print the reference of all tags and attributes, to be kept as docs/configuration.md.

    The defaults in it are those of config.xml in the installation's folder.
    """
    try:
        defaults = parsed(content_of(root / DEFAULTS), DEFAULTS)
    except (OSError, Unreadable) as problem:
        raise click.ClickException(f"{root / DEFAULTS}: {problem}") from problem
    click.echo(reference_text(defaults), nl=False)


def dtd_text() -> str:
    """Return the DTD. A tag has one declaration there, whatever it stands below, so it allows what any of them does."""
    declared: dict[str, list[Tag]] = {}
    for _, tag in _tags(CONFIG, CONFIG.name):
        declared.setdefault(tag.name, []).append(tag)
    return _DTD_INTRODUCTION + "".join(_declaration(name, tags) for name, tags in declared.items())


def _declaration(name: str, tags: list[Tag]) -> str:
    children = dict.fromkeys(child.name for tag in tags for child in tag.children)
    attributes = dict.fromkeys(attribute.name for tag in tags for attribute in tag.attributes)
    content = f"({' | '.join(children)})*" if children else "EMPTY"
    if any(tag.text for tag in tags):
        content = "(#PCDATA)"
    declaration = f"\n<!ELEMENT {name} {content}>\n"
    if attributes:
        declaration += f"<!ATTLIST {name}{''.join(f'{chr(10)}  {a} CDATA #IMPLIED' for a in attributes)}>\n"
    return declaration


def reference_text(defaults: Node) -> str:
    """Return the reference as Markdown, with the values of `defaults`."""
    return _REFERENCE_INTRODUCTION + "".join(_chapter(path, tag, defaults) for path, tag in _tags(CONFIG, CONFIG.name))


def _chapter(path: str, tag: Tag, defaults: Node) -> str:
    depth = "#" * min(path.count("/") + 2, 4)
    remarks = [tag.meaning]
    if tag.several:
        remarks.append("May be there several times.")
    if tag.text:
        remarks.append(f"Its text: {tag.text.value}.")
    if tag.since:
        remarks.append(_since(tag.since))
    chapter = f"\n{depth} {path.removeprefix('config/')}\n\n{' '.join(remarks)}\n"
    if not tag.attributes:
        return chapter
    values = _defaults_of(path, tag, defaults)
    rows = (_row(attribute, values.get(attribute.name)) for attribute in tag.attributes)
    return f"{chapter}\n| attribute | holds | default | meaning |\n|---|---|---|---|\n{''.join(rows)}"


def _defaults_of(path: str, tag: Tag, defaults: Node) -> dict[str, str]:
    """Return the defaults of a tag's attributes; tags that may be there several times have none."""
    node = defaults
    for name in path.split("/")[1:]:
        node = node.one(name)
    return {} if tag.several else dict(node.attributes)


def _row(attribute: Attribute, default: str | None) -> str:
    holds = attribute.kind.value
    if attribute.choices:
        words = ", ".join(f"`{word}`" for word in attribute.choices)
        holds = f"{words} or a build number" if attribute.kind is Kind.BUILD else words
    meaning = f"{attribute.meaning}. {_since(attribute.since)}" if attribute.since else attribute.meaning
    shown = f"`{default}`" if default else ""
    return f"| `{attribute.name}` | {holds} | {shown} | {meaning} |\n"


def _since(since: str) -> str:
    return f"Since build {since}." if since.isdigit() else f"New in {since}."


def _tags(tag: Tag, path: str) -> Iterator[tuple[str, Tag]]:
    yield path, tag
    for child in tag.children:
        yield from _tags(child, f"{path}/{child.name}")
