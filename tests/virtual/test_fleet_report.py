"""What `simulate --fleet` prints about a fleet, on terminals of any width."""

import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from updateserver.cli import fleet_report
from updateserver.cli.simulate import simulate
from updateserver.virtual.factory import DeviceAuthority
from updateserver.virtual.fleet import Report, make_fleet, run_fleet

from .scripted import ScriptedServer, serving


def printed(report: Report, width: int) -> str:
    written = io.StringIO()
    fleet_report.tell(report, Console(file=written, width=width, highlight=False, markup=False))
    return written.getvalue()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(simulate, [str(argument) for argument in arguments])


@pytest.fixture
def report(server: ScriptedServer) -> Report:
    server.sends("mod cmd UP0 prot SERVER/fw/1/ ser 1\nmod cmd UP0 scfg SERVER/update.php?mode=backup&hwid=#h")
    server.has("/fw/1/ip222.bin")
    return run_fleet(make_fleet(server.url, 4, ["IP232", "IP222"]), max_polls=3)


@pytest.mark.parametrize("width", [40, 50, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_cut(report: Report, width: int) -> None:
    text = printed(report, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text or width < 50


def test_types_are_counted_apart_and_together(report: Report) -> None:
    rows = [line.split() for line in printed(report, 100).splitlines()]
    assert ["IP232", "2", "0", "6", "6", "6", "0", "6"] in rows
    assert ["IP222", "2", "2", "4", "4", "2", "0", "0"] in rows
    assert ["all", "4", "2", "10", "10", "8", "0", "6"] in rows


def test_errors_are_counted_by_kind_whoever_met_them(report: Report, server: ScriptedServer) -> None:
    assert fleet_report.kinds(report.errors) == {f"GET {server.base}/fw/1/ip232.bin: status 404": 6}
    assert "6 x  GET " in printed(report, 160)
    assert "(first: IP232-40-00-01)" in printed(report, 160)


def test_urls_are_shortened_to_what_a_call_was_for(report: Report) -> None:
    text = printed(report, 160)
    assert "/update.php mode=backup" in text
    assert "hwid=" not in text
    assert "ver=" not in text
    assert "not at rest: 2" in text


def test_long_urls_in_errors_lose_only_what_nobody_reads() -> None:
    error = "PUT https://a.example:444/update/update.php?mode=query&sn=00-90-33-00-00-01&id=admin&x=y: status 503"
    expected = "PUT https://a.example:444/update/update.php mode=query id=admin: status 503"
    assert fleet_report.shortened(error) == expected


def test_the_time_to_rest_is_told_as_a_distribution(report: Report) -> None:
    text = printed(report, 80)
    assert "time to rest" in text
    assert "half of them within" in text
    assert "##" in text


def test_one_connection_serves_all_calls_of_a_poll_if_asked() -> None:
    with serving(keep_alive=True) as server:
        server.sends("mod cmd UP0 scfg SERVER/a\nmod cmd UP0 scfg SERVER/b")
        run(server.url, "--polls", 2, "--keep-alive")
        ports = [request.port for request in server.requests]
        assert len(set(ports)) == 2
        assert ports == sorted(ports, key=ports.index)
        run(server.url, "--polls", 1)
        assert len({request.port for request in server.requests[6:]}) == 3


def test_the_made_up_factory_is_kept_if_asked(server: ScriptedServer, tmp_path: Path) -> None:
    file = tmp_path / "factory.pem"
    assert run(server.url, "--authority", file, "--fleet", 2).exit_code == 0
    made = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(server.url, "--authority", file).exit_code == 0
    assert file.read_bytes() == made
    assert DeviceAuthority.kept_in(file).certificate == DeviceAuthority.kept_in(file).certificate


def test_a_factory_file_that_holds_something_else_is_refused(server: ScriptedServer, tmp_path: Path) -> None:
    file = tmp_path / "factory.pem"
    file.write_text("nonsense")
    result = run(server.url, "--authority", file)
    assert result.exit_code == 2
    assert file.read_text() == "nonsense"
