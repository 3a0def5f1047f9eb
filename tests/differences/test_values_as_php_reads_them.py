"""Numbers and words of the configuration, as PHP reads them: what scripts say then, and what the check says of it."""

import json
from urllib.parse import unquote

import pytest
from click.testing import CliRunner

from tests.site import Site, cgi, poll, served, site
from updateserver.cli.check_config import check_config

__all__ = ["served", "site"]
STATUS = '<status dir="status"/>'


def told(site: Site, element: str) -> list[str]:
    """Return what the check says of an attribute."""
    output = CliRunner().invoke(check_config, ["--root", str(site.root), "--json"]).output
    return [finding["message"] for finding in json.loads(output) if finding["element"] == element]


def times(site: Site, attributes: str, more: str = "") -> None:
    site.configure(f'<master info=""/>{STATUS}<times {attributes}/>{more}')


def of(lines: list[str], begin: str) -> list[str]:
    return [line.removeprefix(begin) for line in lines if line.startswith(begin)]


BUILDS = [" 4711", "4711 ", "+5", "13.1", "-5", "1e3", ".5", "5.", "00", "0.0", "4711"]


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("kind", ["firmware", "bootcode"])
def test_a_build_is_whatever_php_takes_for_a_number(served: Site, kind: str, build: str) -> None:
    command, argument = {"firmware": ("prot", "PROT"), "bootcode": ("boot", "BOOT")}[kind]
    builds = {"firmware": "none", "bootcode": "none"} | {kind: build}
    served.configure(f'<master info="none" firmware="{builds["firmware"]}" bootcode="{builds["bootcode"]}"/>{STATUS}')
    (line,) = of(served.get(poll()).lines, f"mod cmd UP0 {command} ")
    assert line.endswith(f"/fw/{build}/ ser {build}")
    as_told = str(float(build)).removesuffix(".0")
    assert of(served.get(poll(**{argument: as_told})).lines, f"mod cmd UP0 {command} ") == []
    assert bool(told(served, f"master/@{kind}")) is (build != "4711")


@pytest.mark.parametrize(
    "build", ["latest", "15x", "0x1A", "1 2", "none ", "Master", " ", "1e", "\N{FULLWIDTH DIGIT ONE}"]
)
def test_other_builds_stop_the_script(served: Site, build: str) -> None:
    served.configure(f'<master info="none" firmware="{build}" bootcode="none"/>{STATUS}')
    answer = served.get(poll())
    assert f"# Invalid value '{build}' for firmware attribute in <master> tag - exit" in answer.text
    assert answer.lines == []
    assert told(served, "master/@firmware")


@pytest.mark.parametrize(("build", "is_told"), [("", False), ("0", True)])
def test_no_build_is_the_reference_devices(served: Site, build: str, is_told: bool) -> None:
    served.put(
        "cache/master-info.xml",
        '<info><sys version="13r1 IP811[13.A127], Bootcode[113454], Hardware[300]"/></info>',
        age=1,
    )
    served.configure(f'<master info="http://127.0.0.1:1/" firmware="{build}" bootcode="{build}"/>{STATUS}')
    assert [line.split(" ser ")[1] for line in served.get(poll()).lines if " ser 1" in line][:2] == ["13A127", "113454"]
    assert any("counts as master" in message for message in told(served, "master/@firmware")) is is_told


@pytest.mark.parametrize("polling", ["", " "])
def test_polling_that_is_not_set_is_0(served: Site, polling: str) -> None:
    times(served, f'polling="{polling}"', '<phases><phase id="early" seq="1"/></phases>')
    first = served.get("update.php?polling=5").lines
    assert of(first, "mod cmd UP1 provision ") == ["0"]
    bare = served.get("update.php")
    assert "polling=0&phase=early" in unquote(bare.text)
    assert of(bare.lines, "mod cmd UP1 provision ") == []  # the device polls slowly by itself
    assert of(served.get(poll(polling="5")).lines, "mod cmd UP1 provision ") == ["0"]
    assert "polling=0&phase=update" in unquote(served.get(poll()).text)


def test_a_device_that_polls_slowly_stays_so_where_polling_is_not_set(served: Site) -> None:
    times(served, 'polling=""')
    assert of(served.get(poll(polling="0")).lines, "config add UP1 /url") == []


@pytest.mark.parametrize("text", ["", " ", "   "])
@pytest.mark.parametrize("attribute", ["allow", "initial"])
def test_nothing_but_blanks_is_no_restriction(served: Site, attribute: str, text: str) -> None:
    times(served, f'{attribute}="{text}" forcestaging="true"')
    answer = served.get(poll())
    assert of(answer.lines, "mod cmd UP1 times") == []
    assert "_first_" not in answer.text
    assert bool(told(served, f"times/@{attribute}")) is bool(text)


@pytest.mark.parametrize("allow", ["0", "22,23", "22, 23", " 22,23 "])
def test_hours_go_to_devices_as_they_are(served: Site, allow: str) -> None:
    times(served, f'allow="{allow}"')
    assert of(served.get(poll()).lines, "mod cmd UP1 times ") == [f" /allow {allow}"]


@pytest.mark.parametrize(
    ("interval", "minutes", "is_told"),
    [("", "15", False), (" ", "15", True), ("often", "15", True), ("20", "20", False), ("20 min", "20", True)],
)
def test_an_interval_is_a_whole_number_of_minutes(served: Site, interval: str, minutes: str, is_told: bool) -> None:
    times(served, f'interval="{interval}"')
    assert of(served.get(poll(polling="5")).lines, "config add UP1 /poll ") == [minutes]
    findings = told(served, "times/@interval")
    assert bool(findings) is is_told
    assert not any("as it is" in message for message in findings)


@pytest.mark.parametrize("port", ["444", " 444", "0444", "+444", "444.0"])
@pytest.mark.parametrize("attribute", ["httpsport", "innerport"])
def test_a_port_is_compared_as_a_number(served: Site, attribute: str, port: str) -> None:
    times(served, f'forcehttps="true" {attribute}="{port}"')
    assert arrives(served, 444)
    assert not arrives(served, 445)


@pytest.mark.parametrize("port", ["", " ", "0"])
def test_a_port_that_is_none_is_not_set(served: Site, port: str) -> None:
    times(served, f'forcehttps="true" httpsport="{port}" httpsurlmod=""')
    assert arrives(served, 443)
    url = unquote(of(served.get(poll()).lines, "config add UP1 /url ")[0])
    assert url.startswith("https://127.0.0.1/")


def arrives(site: Site, port: int) -> bool:
    """Tell whether a device that calls by HTTPS at this port is served there."""
    environ = {"HTTPS": "on", "SERVER_PORT": str(port), "HTTP_HOST": "update.example.com"}
    return "need to switch to HTTPS" not in cgi(site.root, poll().partition("?")[2], **environ).text


@pytest.mark.parametrize(
    ("attributes", "value", "element"),
    [
        ('status expire="9 days"', "counts as 9", "status/@expire"),
        ('status logkeep="1e3"', "counts as 1000", "status/@logkeep"),
        ('times grace=" "', "not set", "times/@grace"),
        ('times grace="-1"', "negative", "times/@grace"),
        ('backup minage="x"', "counts as 0", "backup/@minage"),
        ('backup nbackups="many"', "the default", "backup/@nbackups"),
        ('customcerts renew="90 days"', "counts as 90", "customcerts/@renew"),
        ('customcerts knowndays="1.5"', "counts as 1", "customcerts/@knowndays"),
        ('times polling="5 s"', "as it is", "times/@polling"),
        ('times httpsport="444x"', "as it is", "times/@httpsport"),
        ('times forcehttps="TRUE"', "counts as false", "times/@forcehttps"),
        ('customcerts CSRdn-ou="Team {A} {SN}"', "{A} stays as it is", "customcerts/@CSRdn-ou"),
    ],
)
def test_what_is_odd_is_told(site: Site, attributes: str, value: str, element: str) -> None:
    extra = ' dir="certs"' if attributes.startswith("customcerts") else ""
    site.configure(f'<master info=""/>{STATUS if not attributes.startswith("status") else ""}<{attributes}{extra}/>')
    assert any(value in message for message in told(site, element))
