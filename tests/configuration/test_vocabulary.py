from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from updateserver.cli.vocabulary import dtd, dtd_text, reference
from updateserver.configuration.source import walk
from updateserver.configuration.tag import Attribute, Tag
from updateserver.configuration.vocabulary import CONFIG
from updateserver.configuration.xml_source import parsed

from .site import PROJECT

_HERE = Path(__file__).parent
_DOCUMENTS = [
    PROJECT / "config.xml",
    PROJECT / "config" / "sample.user-config.xml",
    _HERE / "all-attributes.xml",
    *sorted((_HERE / "samples").glob("*.xml")),
]


def tags(tag: Tag, path: str = "") -> list[tuple[str, Tag]]:
    below = [found for child in tag.children for found in tags(child, f"{path}/{child.name}")]
    return [(path, tag), *below]


def attributes() -> list[tuple[str, Attribute]]:
    return [(f"{path}/@{attribute.name}", attribute) for path, tag in tags(CONFIG) for attribute in tag.attributes]


def test_every_attribute_says_what_it_means():
    assert all(attribute.meaning for _, attribute in attributes())
    assert all(tag.meaning for _, tag in tags(CONFIG))


def test_no_tag_has_two_attributes_of_one_name():
    paths = [path for path, _ in attributes()]
    assert len(paths) == len(set(paths))


def test_every_word_of_the_table_is_in_the_example_of_all_and_the_other_way_round():
    example = parsed((_HERE / "all-attributes.xml").read_bytes(), "all-attributes.xml")

    def plain(path: str) -> str:
        return "/".join(part.partition("[")[0] for part in path.split("/"))

    used = {f"/{plain(path)}/@{name}" for path, node in walk(example) for name in node.attributes}
    assert used | {f"/@{name}" for name in example.attributes} == {path for path, _ in attributes()}


@pytest.mark.parametrize("document", _DOCUMENTS, ids=lambda path: path.name)
def test_the_dtd_validates(document: Path):
    definition = etree.DTD(BytesIO(dtd_text().encode()))
    assert definition.validate(etree.parse(document)), definition.error_log


def test_the_dtd_objects_to_unknown_words():
    definition = etree.DTD(BytesIO(dtd_text().encode()))
    assert not definition.validate(etree.fromstring("<config><time/></config>"))
    assert not definition.validate(etree.fromstring('<config><times alow="1"/></config>'))


def test_the_dtd_in_the_installation_is_current():
    assert (PROJECT / "config" / "full-config.dtd").read_text() == CliRunner().invoke(dtd).output


def test_the_reference_in_the_documentation_is_current():
    assert (PROJECT / "docs" / "configuration.md").read_text() == CliRunner().invoke(reference).output


def test_the_reference_needs_the_defaults(tmp_path: Path):
    outcome = CliRunner().invoke(reference, ["--root", str(tmp_path)])
    assert outcome.exit_code == 1
    assert "config.xml" in outcome.output
