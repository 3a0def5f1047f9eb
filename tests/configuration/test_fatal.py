import pytest

from updateserver.configuration.io.files import ConfigurationBroken
from updateserver.findings.io.all import load

from .site import Site


def comments(site: Site) -> list[str]:
    with pytest.raises(ConfigurationBroken) as broken:
        site.files.current()
    return [finding.comment for finding in broken.value.fatal]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ('<classes><class id="a-b"/></classes>', "class named 'a-b': no dash allowed in name"),
        ('<classes><class id="all"/></classes>', "class name 'all' not allowed"),
        ('<environments><environment id="all"/></environments>', "environment name 'all' not allowed"),
        ('<environments><environment id="a-b"/></environments>', "environment named 'a-b': no dash allowed in name"),
        ('<phases><phase id="a-b" seq="1"/></phases>', "phase named 'a-b': no dash allowed in name"),
        ('<phases><phase id="all" seq="1"/></phases>', "phase name 'all' not allowed"),
        ('<phases><phase id="_" seq="1"/></phases>', "phase name '_' not allowed"),
        (
            '<environments><environment id="a"><implies>b</implies></environment></environments>',
            "environment 'a' implies undefined environment 'b'",
        ),
        ('<phases><phase seq="1"/></phases>', "<phase> without id: each one needs an id of its own"),
    ],
)
def test_a_configuration_is_unusable_with(site: Site, own: str, message: str):
    assert comments(site.says(own)) == [f"# config: {message} - exit"]


@pytest.mark.parametrize(
    ("default", "message"),
    [
        ('<phase id="update" seq="200"/>', "no phase defined: at least one is needed"),
        ('<environment id="default"/>', "no environment defined: at least one is needed"),
        ('info="http://yourmasterdevice.yourdomain.tld/CMD0/box_info.xml"', "master/@info is missing"),
        ('<fwstorage url="fw/{build}/"/>', "fwstorage/@url is missing"),
    ],
)
def test_a_configuration_is_unusable_without(site: Site, default: str, message: str):
    site.says("")
    defaults = site.root / "config.xml"
    text = defaults.read_text()
    assert default in text
    defaults.write_text(text.replace(default, ""))
    assert comments(site) == [f"# config: {message} - exit"]


def test_an_environment_may_be_called_underscore(site: Site):
    assert "_" in site.says('<environments><environment id="_"/></environments>').config.environments


def test_all_problems_are_told_at_once(site: Site):
    site.says('<times grace="x"/><classes><class id="a-b"/></classes><phases><phase id="all" seq="1"/></phases>')
    with pytest.raises(ConfigurationBroken) as broken:
        site.files.current()
    assert len(broken.value.fatal) == 2
    assert "times/@grace" in {finding.element for finding in load(site.root)[2]}


def test_a_name_with_line_breaks_cannot_add_lines_to_the_script(site: Site):
    site.says('<classes><class id="a-&#10;mod cmd"/></classes>')
    assert comments(site) == ["# config: class named 'a- mod cmd': no dash allowed in name - exit"]


def test_broken_xml_is_told_with_its_line(site: Site):
    site.holds(b"<config>\n<master\n</config>")
    (comment,) = comments(site)
    assert comment.startswith("# cannot parse config/user-config.xml: ")
    assert comment.endswith(" - exit")
    assert site.findings[0].line == 3


@pytest.mark.parametrize("content", [b"", b"no XML", b"<config/><config/>", b"\xff\xfe"])
def test_what_is_no_xml_is_refused(site: Site, content: bytes):
    (comment,) = comments(site.holds(content))
    assert comment.startswith("# cannot parse config/user-config.xml: ")


def test_a_missing_file_is_told_with_what_to_do(site: Site):
    (comment,) = comments(site)
    assert "the file does not exist" in comment
    assert "config/sample.user-config.xml" in comment


def test_a_file_that_cannot_be_read_is_told(site: Site):
    site.own.mkdir()
    assert comments(site)[0].startswith("# cannot parse config/user-config.xml: Is a directory")


def test_broken_defaults_are_told_together_with_broken_own_ones(site: Site):
    site.holds(b"<")
    (site.root / "config.xml").write_bytes(b"<")
    assert [comment.split(":")[0] for comment in comments(site)] == [
        "# cannot parse config.xml",
        "# cannot parse config/user-config.xml",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_grow_are_refused(site: Site, encoding: str):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x"}">' for n in range(9))
    bomb = f'<!DOCTYPE c [{entities}]><config><master info="">&e8;</master></config>'
    (comment,) = comments(site.holds(f'<?xml version="1.0" encoding="{encoding}"?>{bomb}'.encode(encoding)))
    assert "entit" in comment.lower()


def test_a_billion_laughs_are_refused_at_once(site: Site):
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    site.holds(f'<!DOCTYPE c [<!ENTITY l0 "ha">{laughs}]><config><master info="&l11;"/></config>'.encode("utf-16"))
    assert comments(site)[0].startswith("# cannot parse")


def test_other_files_are_not_read(site: Site):
    secret = site.root / "secret"
    secret.write_text("secret")
    site.holds(f'<!DOCTYPE c SYSTEM "{secret}"><config><master info=""/></config>'.encode())
    assert site.config.master.info == ""
