import json

from click.testing import CliRunner, Result

from updateserver.cli.check_config import check_config

from .site import PROJECT, SAFE, Site


def check(site: Site, *options: str) -> Result:
    return CliRunner().invoke(check_config, ["--root", str(site.root), *options])


def test_a_good_configuration(site: Site):
    outcome = check(site.says(SAFE))
    assert (outcome.exit_code, outcome.output) == (0, "No problems found.\n")


def test_warnings_alone_are_no_failure(site: Site):
    outcome = check(site.says(f'{SAFE}\n<times grace="soon"/>'))
    assert outcome.exit_code == 0
    assert outcome.output == (
        "Warnings:\n"
        "  config/user-config.xml:2: times/@grace: 'soon' -> not a number of seconds: counts as 0; write digits only\n"
        "\n"
        "0 errors, 1 warning\n"
    )


def test_the_default_password_is_a_failure(site: Site):
    outcome = check(site.says('<master info=""/>'))
    assert outcome.exit_code == 1
    assert outcome.output.startswith("Errors:\n  config/user-config.xml:1: master/@password:")
    assert outcome.output.endswith("1 error, 0 warnings\n")


def test_problems_are_grouped_by_weight(site: Site):
    output = check(site.says('<times grace="x"/><classes><class id="all"/></classes>')).output
    assert [line for line in output.splitlines() if line.endswith(":")] == [
        "No device is served until this is fixed:",
        "Errors:",
        "Warnings:",
    ]


def test_a_file_that_is_no_xml_is_told_once(site: Site):
    output = check(site.holds(b"<config><master info=</config>")).output
    assert [line.partition(": ")[0] for line in output.splitlines() if line.startswith("  ")] == [
        "  config/user-config.xml:1"
    ]


def test_programs_get_json(site: Site):
    outcome = check(site.says(f'{SAFE}<times grace="soon"/>'), "--json")
    assert outcome.exit_code == 0
    assert json.loads(outcome.output) == [
        {
            "severity": "warning",
            "fatal": False,
            "file": "config/user-config.xml",
            "line": 1,
            "element": "times/@grace",
            "found": "soon",
            "message": "not a number of seconds: counts as 0; write digits only",
        }
    ]


def test_help_teaches_how_to_read_and_use_it():
    output = CliRunner().invoke(check_config, ["--help"]).output
    for taught in ("FILE:LINE: ELEMENT", "exit code", "config/user-config.xml", "Examples"):
        assert taught in output


def test_the_sample_lacks_nothing_but_a_password(site: Site):
    site.holds((PROJECT / "config" / "sample.user-config.xml").read_bytes())
    assert [finding.element for finding in site.findings] == ["master/@password"]


def test_the_sample_is_a_working_start(site: Site):
    config = site.holds((PROJECT / "config" / "sample.user-config.xml").read_bytes()).config
    assert (config.master.info, config.status.dir, config.backup.dir) == ("", "status", "backup")
    assert {query.id for query in config.queries.queries if query.applies} == {"admin", "certificates"}
