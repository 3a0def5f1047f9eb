"""Configurations as admins write them, read as build 2033 reads them."""

import pytest

from tests.configuration.site import PROJECT
from tests.field.field import CASES, Field, up1
from tests.site import SN


@pytest.mark.parametrize(
    ("case", "old", "new", "minutes"),
    [
        ("11-interval-15min", "15 min", "15 min", "15"),
        ("11-interval-blank30", " 30", " 30", "30"),
        ("11-interval-15min", "15 min", "7.5", "7"),
        ("11-interval-15min", "15 min", "+20", "20"),
        ("11-interval-15min", "15 min", "1e1", "10"),
    ],
)
def test_11_the_interval_is_a_whole_number(field: Field, case: str, old: str, new: str, minutes: str) -> None:
    field.case(case).change(f'interval="{old}"', f'interval="{new}"')
    assert up1(field.poll("&polling=5"), "poll") == [minutes]


OWN_CMD = "mod%20cmd%20CMD0%20xml-info%20%2Fx"


@pytest.mark.parametrize(
    ("new", "cmd"),
    [
        ("mod cmd CMD0 xml-info /x", OWN_CMD),
        ("  mod cmd CMD0 xml-info /x\r\n", OWN_CMD),
        ("<![CDATA[mod cmd CMD0 xml-info /x]]>", OWN_CMD),
    ],
)
def test_12_a_command_of_a_default_query_can_be_replaced(field: Field, new: str, cmd: str) -> None:
    field.case("12-merge-cmd").change("mod cmd CMD0 xml-info /x", new)
    text = field.poll().text
    assert f"&id=admin ser nop /always {cmd}\r" in text


@pytest.mark.parametrize("empty", ["<cmd></cmd>", "<cmd/>", "<cmd>  </cmd>", ""])
def test_12_a_query_that_says_no_command_keeps_the_default(field: Field, empty: str) -> None:
    field.case("12-merge-cmd").change("<cmd>mod cmd CMD0 xml-info /x</cmd>", empty)
    assert "&id=admin ser nop /always mod%20cmd%20CMD0%20xml-info\r" in field.poll().text


def test_12_the_other_default_query_and_new_ones_take_a_command_as_well(field: Field) -> None:
    field.case("12-merge-cmd").change('id="admin"', 'id="certificates"')
    assert f"&id=certificates ser nop /always {OWN_CMD}\r" in field.poll().text
    field.change('id="admin"', 'id="site"')
    assert f"&id=site ser nop /always {OWN_CMD}\r" in field.poll().text


def test_12_the_list_of_differences_says_so() -> None:
    assert "a site's own `<cmd>` for a query that the defaults define" in (PROJECT / "docs/differences.md").read_text()


@pytest.mark.parametrize(("first", "second"), [("ip232", "ip111"), ("ip111", "ip232")])
def test_13_of_a_class_given_twice_the_first_model_counts(field: Field, first: str, second: str) -> None:
    field.case("13-merge-class-twice").change(
        '<model>ip232</model></class><class id="lob"><model>ip111</model>',
        f'<model>{first}</model></class><class id="lob"><model>{second}</model>',
    )
    assert "config change LB" in field.poll(device={"type": first.upper()}).lines
    assert "config change LB" not in field.poll(device={"type": second.upper()}).lines
    assert "classes/class[lob]" in field.check().output


@pytest.mark.parametrize("value", ["#S", "x"])
def test_14_of_an_argument_given_twice_the_first_counts(field: Field, value: str) -> None:
    field.case("14-stdarg-given-again").change('value="#S"', f'value="{value}"')
    assert "sn=#m" in field.poll("&polling=5&ver=1").text
    assert "stdarg" in field.check().output


ENTITY = '<!ENTITY dom "example.com">'


@pytest.mark.parametrize(
    "entity", [ENTITY, f'{ENTITY}<!ENTITY other "x">', '<!ENTITY h "example"><!ENTITY dom "&h;.com">']
)
def test_18_internal_entities_are_read(field: Field, entity: str) -> None:
    field.case("18-internal-entity").change(ENTITY, entity)
    answer = field.poll()
    assert answer.status == 200
    assert "example.com" in answer.text


@pytest.mark.parametrize("entity", ['<!ENTITY dom SYSTEM "file:///etc/hostname">', '<!ENTITY dom SYSTEM "secret.txt">'])
def test_18_external_entities_are_never_read(field: Field, entity: str) -> None:
    field.case("18-internal-entity").change(ENTITY, entity)
    field.site.put("secret.txt", "SECRET")
    field.site.put("config/secret.txt", "SECRET")
    assert "SECRET" not in field.poll().text


def test_18_entities_that_grow_are_not_expanded(field: Field) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x"}">' for n in range(9))
    field.case("18-internal-entity").change(ENTITY, f'{entities}<!ENTITY dom "&e8;">')
    assert field.poll().status == 500


@pytest.mark.parametrize("phase", ["_first_update", "_first_staging"])
def test_26_a_hidden_phase_that_is_no_more_is_the_one_behind_it(field: Field, phase: str) -> None:
    field.case("26-stranded-first-phase")
    behind = phase.removeprefix("_first_")
    field.site.put(f"scripts/{behind}-all-default.txt", "config add CMD0 /name X")
    answer = field.poll(f"&phase={phase}&polling=5")
    assert ("config add CMD0 /name X" in answer.lines) is (behind == "update")


@pytest.mark.parametrize(
    ("encoding", "declared"), [("utf-8-sig", ""), ("utf-16", ""), ("utf-16", "utf-16"), ("cp1252", "windows-1252")]
)
def test_27_a_configuration_of_another_encoding_is_read(field: Field, encoding: str, declared: str) -> None:
    field.case("27-config-bom-utf16")
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    field.configure(f"{head}{field.own}".encode(encoding))
    assert up1(field.poll("&polling=5"), "poll") == ["7"]


@pytest.mark.parametrize("told", ["M%C3%9CNCHEN", "m%C3%9Cnchen"])
def test_28_only_ascii_letters_are_lowered(field: Field, told: str) -> None:
    field.case("28-umlaut-environment")
    lines = field.poll(f"&env={told}").lines
    assert "config change UNICODE" not in lines
    assert ("config change ASCII" in lines) is (told == "M%C3%9CNCHEN")


def test_33_the_sample_of_the_documentation_is_served(field: Field) -> None:
    assert (CASES / "33-wiki-sample" / "README").exists()
    field.configure((PROJECT / "config" / "sample.user-config.xml").read_bytes())
    assert field.poll().status == 200
    assert f"{SN}.xml" in field.site.names("status")


def test_33_a_broken_sample_is_told_with_its_line(field: Field) -> None:
    field.configure("<config>\n<master info=''/>\n<times></config>")
    answer = field.poll()
    assert answer.status == 500
    assert "line 3" in answer.text
