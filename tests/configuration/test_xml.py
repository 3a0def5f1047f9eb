"""What PHP reads as XML is read: entities, encodings, prefixes, and what stands behind the end."""

import os

import pytest

from updateserver.configuration.io.files import ConfigurationBroken
from updateserver.configuration.xml_source import LARGEST

from .site import Site

HEAD = '<?xml version="1.0" encoding="{}"?>'
DOCTYPE = '<!DOCTYPE config SYSTEM "full-config.dtd" [{}]>'


def name_in(site: Site, entities: str, text: str, own: str = "") -> str:
    """Return what becomes of the text of an attribute in a file with these entities."""
    content = f'{DOCTYPE.format(entities)}<config>{own}<customcerts dir="{text}"/></config>'
    return site.holds(content.encode()).config.customcerts.dir


@pytest.mark.parametrize(
    ("entities", "text", "read"),
    [
        ('<!ENTITY a "1"><!ENTITY a "2">', "&a;", "1"),
        ('<!ENTITY a "&b;!"><!ENTITY b "B">', "&a;", "B!"),
        ('<!ENTITY größe "G">', "&größe;", "G"),
        ("<!ENTITY a 'x'><!-- <!ENTITY b SYSTEM 'y'> -->", "&a;", "x"),
        ('<!ENTITY a SYSTEM "secret.txt">', "x", "x"),
        ('<!ENTITY a PUBLIC "-//x" "http://127.0.0.1:1/x">', "x", "x"),
        ('<!ENTITY % a SYSTEM "secret.dtd">', "x", "x"),
        ("<!ENTITY % a \"<!ENTITY b 'c'>\">", "x", "x"),
        ("<!ENTITY % a \"<!ENTITY b 'c'>\"> %a;", "&b;", "c"),
        ('<!ENTITY a "100&#37;">', "&a;", "100%"),
        ('<!ENTITY a ">">', "&a;", ">"),
        ('<!ATTLIST times grace CDATA "5">', "x", "x"),
    ],
)
def test_entities_of_the_files_own_are_read(site: Site, entities: str, text: str, read: str):
    assert name_in(site, entities, text) == read


@pytest.mark.parametrize("own", ["<!-- <!ENTITY x 'y'> -->", "<nofirmdev><![CDATA[<!ENTITY x 'y'>]]></nofirmdev>"])
def test_what_only_looks_like_an_entity_is_none(site: Site, own: str):
    assert name_in(site, "", "certs", own) == "certs"


@pytest.mark.parametrize("file", ["{}/secret", "file://{}/secret", "config/secret", "secret"])
def test_other_files_define_nothing(site: Site, file: str):
    for folder in (site.root, site.root / "config"):
        (folder / "secret").write_text('<!ENTITY b "SECRET">')
    assert name_in(site, f'<!ENTITY % a SYSTEM "{file.format(site.root)}">%a;', "x&b;y") == "xy"
    told = {finding.severity for finding in site.findings if "counts as nothing" in finding.message}
    assert told == {"error"}


@pytest.mark.parametrize(
    "declared", ['SYSTEM "{}/secret"', 'PUBLIC "-//x" "secret"', 'SYSTEM "http://127.0.0.1:1/secret"']
)
@pytest.mark.parametrize("doctype", ["<!DOCTYPE config [{}]>", DOCTYPE])
def test_other_files_count_as_nothing_in_a_text(site: Site, doctype: str, declared: str):
    (site.root / "config" / "secret").write_text("SECRET")
    entities = f'<!ENTITY i "2"><!ENTITY a {declared.format(site.root / "config")}>'
    own = "<master info=''/><nofirmdev><model>ip&a;23&i;</model></nofirmdev>&a;"
    site.holds(f"{doctype.format(entities)}<config>{own}</config>".encode())
    assert "ip232" in site.config.nofirmdev
    (told,) = (finding for finding in site.findings if "another file" in finding.message)
    assert (told.severity, told.line) == ("error", 1)


def test_nobody_waits_for_another_file(site: Site):
    os.mkfifo(site.root / "config" / "pipe")
    site.holds(b'<!DOCTYPE config [<!ENTITY a SYSTEM "config/pipe">]><config><master info=""/>&a;</config>')
    assert site.config.master.info == ""


@pytest.mark.parametrize("wrong", ["&b;", "&c;", "<x>", '<times dir="&a;"/>'])
def test_what_is_wrong_behind_another_file_is_refused(site: Site, wrong: str):
    grown = "".join(f'<!ENTITY {name} "{f"&{of};" * 60}">' for name, of in ("cd", "de", "ef", "fg"))
    entities = f'<!ENTITY a SYSTEM "secret">{grown}<!ENTITY g "{"x" * 60}">'
    with pytest.raises(ConfigurationBroken):
        site.holds(f"<!DOCTYPE config [{entities}]><config>&a;{wrong}</config>".encode()).config.master  # noqa: B018


def test_an_entity_that_nobody_defined_is_nothing_and_told(site: Site):
    assert name_in(site, "", "M&uuml;ller") == "Mller"
    (told,) = (finding for finding in site.findings if "uuml" in finding.message)
    assert (told.severity, told.file, told.line) == ("error", "config/user-config.xml", 1)


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY a "&b;"><!ENTITY b "&a;">',
        '<!ENTITY a "&a;">',
        '<!ENTITY a SYSTEM "secret">',  # where an attribute holds it
        f'<!ENTITY b "{"x" * 100_000}"><!ENTITY a "{"&b;" * 200}">',
    ],
)
def test_entities_that_cannot_be_expanded_are_refused(site: Site, entities: str):
    with pytest.raises(ConfigurationBroken):
        name_in(site, entities, "&a;")


def test_what_breaks_behind_many_undefined_names_is_refused(site: Site):
    with pytest.raises(ConfigurationBroken):
        site.holds(f"{DOCTYPE.format('')}<config>{'&x;' * 200}<times grace='1' grace='2'></config>".encode()).config  # noqa: B018


@pytest.mark.parametrize("end", ["\0", "\0\0\0", "\n\0\r\n", "\r\n\0", "\0<rest of an older, longer file"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_nul_ends_the_file(site: Site, encoding: str, end: str):
    declared = {"utf-8-sig": "utf-8", "cp1252": "windows-1252", "latin-1": "ISO-8859-1"}.get(encoding, encoding[:6])
    text = f'{HEAD.format(declared)}<config><customcerts dir="größe"/></config>{end}'
    assert site.holds(text.encode(encoding)).config.customcerts.dir == "größe"


def test_half_a_character_at_the_end_does_not_matter(site: Site):
    content = f'{HEAD.format("UTF-16")}<config><customcerts dir="größe"/></config>'.encode("utf-16") + b"\0"
    assert site.holds(content).config.customcerts.dir == "größe"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-16", "UTF-8"), ("utf-8-sig", "ISO-8859-1"), ("utf-32", "UTF-32"), ("utf-16-le", "UTF-16")],
)
def test_the_bytes_count_more_than_what_is_declared(site: Site, encoding: str, declared: str):
    content = f'{HEAD.format(declared)}<config>\n<times\n\ngrace="soon"/><customcerts dir="ü"/></config>'
    assert site.holds(content.encode(encoding)).config.customcerts.dir == "ü"
    (told,) = (finding for finding in site.findings if finding.element == "times/@grace")
    assert told.line == (4 if encoding != "utf-32" else told.line)


@pytest.mark.parametrize(
    "content", [b"\xfc", b"<config>\0</config>", b'<config a="1" a="2"/>', b"<config><a></config>"]
)
def test_what_is_not_well_formed_is_refused(site: Site, content: bytes):
    with pytest.raises(ConfigurationBroken):
        site.holds(content).config  # noqa: B018


def test_a_default_namespace_does_not_matter(site: Site):
    content = b'<config xmlns="urn:x"><phases xmlns="urn:y"><phase id="late" seq="300"/></phases></config>'
    assert [phase.id for phase in site.holds(content).config.phases] == ["update", "late"]


@pytest.mark.parametrize("declaration", [' xmlns:p="urn:x"', ""])
def test_names_with_a_prefix_do_not_count(site: Site, declaration: str):
    site.holds(
        f'<config{declaration}><phases><p:phase id="p" seq="300"/></phases><p:status dir="p"/>'
        f'<status dir="s" p:expire="1"/></config>'.encode()
    )
    config = site.config
    assert [phase.id for phase in config.phases] == ["update"]
    assert (config.status.dir, config.status.expire) == ("s", 7776000)
    told = {finding.element for finding in site.findings}
    assert {"phases/p:phase[p]", "p:status", "status/@p:expire"} <= told


def test_what_does_not_count_is_not_shown_as_merged(site: Site):
    site.holds(b'<config debugmerge="true" xmlns:p="u" p:a="1"><p:status/><status p:dir="x" dir="s"/></config>')
    assert site.config.status.dir == "s"
    after = (site.root / "debug" / "after.xml").read_bytes()
    assert b" p:" not in after
    assert b"<p:" not in after


def test_a_huge_file_is_refused_before_it_is_read(site: Site):
    with site.holds(b"<config/>").own.open("r+b") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(ConfigurationBroken, match="bytes"):
        site.config  # noqa: B018
