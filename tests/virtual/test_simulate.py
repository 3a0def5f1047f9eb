"""The command `simulate`."""

from click.testing import CliRunner

from updateserver.cli.simulate import simulate


def run(*arguments):
    return CliRunner().invoke(simulate, [str(argument) for argument in arguments])


def test_simulate_prints_what_the_device_executed(server):
    server.sends("# a comment\nmod cmd UP1 check ser abc\nconfig add CMD0 /name a")
    result = run(server.url, "--env", "berlin,intranet")
    assert result.exit_code == 0
    assert "  > config add CMD0 /name a" in result.output
    assert "  stopped by check; lines dropped: 1" in result.output
    assert "a comment" not in result.output
    assert server.requests[0].arguments["env"] == "berlin,intranet"


def test_simulate_shows_scripts_if_asked(server):
    server.sends("# a comment\nmod cmd X 1")
    assert "  | # a comment" in run(server.url, "--show-script").output


def test_simulate_fails_if_anything_went_wrong(server):
    server.sends("mod cmd UP0 prot SERVER/fw/1/ ser 1")
    result = run(server.url, "--polls", 2)
    assert result.exit_code == 1
    assert "ip232.bin: status 404" in result.output


def test_simulate_plays_the_device_that_was_asked_for(server):
    run(server.url, "--type", "IP811", "--sn", "00-90-33-41-03-57", "--ip", "10.0.0.1")
    asked = server.requests[0].arguments
    assert (asked["hwid"], asked["ip"]) == ("IP811-41-03-57", "10.0.0.1")


def test_simulate_refuses_a_serial_number_that_is_none(server):
    result = run(server.url, "--sn", "12")
    assert result.exit_code == 2
    assert "not like 00-90-33-30-00-af" in result.output


def test_simulate_runs_a_fleet_and_reports(server):
    server.sends("config add CMD0 /name a")
    result = run(server.url, "--fleet", 5, "--types", "IP111,IP112")
    assert result.exit_code == 0
    assert {request.arguments["type"] for request in server.requests} == {"IP111", "IP112"}
    assert "slowest call of each kind" in result.output


def test_simulate_posts_uploads_with_a_length_if_asked(server):
    server.sends("mod cmd UP0 scfg SERVER/backup")
    run(server.url, "--post", "--content-length")
    assert server.uploads[0].method == "POST"
    assert "Content-Length" in server.uploads[0].headers


def test_the_help_teaches_by_examples():
    assert "updateserver simulate URL --fleet 500" in run("--help").output
