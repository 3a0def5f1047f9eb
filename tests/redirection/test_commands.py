"""`updateserver redirect`: each command, on XML and on SQLite."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from tests.redirection.kit import MAC, URL
from updateserver.cli.redirect import redirect
from updateserver.redirection.io.registry_files import RegistryFiles
from updateserver.virtual.factory import DeviceAuthority

OTHER = "00-90-33-30-00-b0"


@dataclass
class Admin:
    """Somebody at a terminal."""

    root: Path

    def run(self, *words: str, given: str | None = None) -> Result:
        command, *rest = words
        return CliRunner().invoke(redirect, [command, "--root", str(self.root), *rest], input=given)

    def does(self, *words: str, given: str | None = None) -> str:
        """Run a command that must succeed; return what it printed."""
        result = self.run(*words, given=given)
        assert result.exit_code == 0, result.output
        return result.output

    def fails(self, *words: str, given: str | None = None) -> str:
        result = self.run(*words, given=given)
        assert result.exit_code != 0
        return result.output

    def file(self, text: str) -> str:
        path = self.root / "devices.csv"
        path.write_text(text)
        return str(path)

    def places(self, mac: str = MAC) -> list[int]:
        now = RegistryFiles(self.root).open()
        assert now
        return [project.id for project in now.registry.places(mac)]


@pytest.fixture(params=["xml", "sqlite"])
def admin(request: pytest.FixtureRequest, tmp_path: Path) -> Admin:
    admin = Admin(tmp_path)
    (tmp_path / "config").mkdir()
    admin.does("project", "10801", "--customer", "1527", "--name", "Headquarters", "--url", URL)
    admin.does("customer", "1527", "--name", "Hosting Company")
    admin.does("project", "7", "--customer", "1")
    if request.param == "sqlite":
        assert "0 devices" in admin.does("use-sqlite")
    return admin


def test_commands_need_data(tmp_path: Path) -> None:
    assert "No redirection is set up here" in Admin(tmp_path).fails("list")


def test_devices_are_added_in_any_notation(admin: Admin) -> None:
    assert "2 new" in admin.does("add", "--project", "10801", "0090333000AF", "00:90:33:30:00:b0")
    assert admin.places() == admin.places(OTHER) == [10801]


def test_wrong_serial_number_is_refused(admin: Admin) -> None:
    assert "no serial number" in admin.fails("add", "--project", "10801", MAC, "0090-33")
    assert admin.places() == []


def test_unknown_project_is_refused(admin: Admin) -> None:
    assert "there is no project 5" in admin.fails("add", "--project", "5", MAC)


def test_device_of_another_customer_is_taken_only_on_demand(admin: Admin) -> None:
    admin.does("add", "--project", "10801", MAC)
    told = admin.fails("add", "--project", "7", MAC)
    assert MAC in told
    assert "Hosting" not in told
    assert admin.places() == [10801]
    assert "1 moved" in admin.does("add", "--project", "7", "--take-over", MAC)
    assert admin.places() == [7]


def test_devices_are_removed(admin: Admin) -> None:
    admin.does("add", "--project", "10801", MAC)
    assert "0 of 1" in admin.does("remove", "--project", "7", MAC)
    assert "1 of 2" in admin.does("remove", MAC, OTHER)
    assert admin.places() == []


def test_projects_and_devices_are_listed(admin: Admin) -> None:
    admin.does("add", "--project", "10801", MAC)
    assert "Headquarters" in admin.does("list")
    listed = json.loads(admin.does("list", "--json"))
    assert [(one["id"], one["devices"]) for one in listed] == [(7, 0), (10801, 1)]
    assert admin.does("list", "--project", "10801") == f"{MAC}\n"
    assert admin.does("list", "0090333000af", OTHER).splitlines() == [
        f"{MAC}: project 10801 Headquarters of Hosting Company: {URL}",
        f"{OTHER}: unknown",
    ]
    assert json.loads(admin.does("list", "--json", MAC))[0]["projects"][0]["url"] == URL


def test_project_is_changed(admin: Admin) -> None:
    assert f"{URL}?env=a,b" in admin.does("project", "10801", "--env", "a, b")
    assert "no build" in admin.fails("project", "10801", "--firmware", "newest")
    assert "needs its --customer" in admin.fails("project", "99", "--url", URL)
    assert "nowhere" in admin.does("project", "10801", "--url", "")


def test_project_is_dropped(admin: Admin) -> None:
    admin.does("add", "--project", "10801", MAC)
    admin.fails("drop", "10801", given="n\n")
    assert admin.places() == [10801]
    admin.does("drop", "10801", "--yes")
    assert admin.places() == []


@pytest.mark.parametrize(
    "text",
    [
        f"sn;project\n{MAC};10801\n{OTHER};7\n",
        f"{MAC},10801\r\n{OTHER},7\r\n",
        f"0090333000AF\t10801\n\n# a comment\n{OTHER}\t7",
        f'\ufeffProjekt;Raum;Seriennummer\n10801;1;"{MAC}"\n7;"2;3";{OTHER}\n',
    ],
)
def test_import_of_what_spreadsheets_write(admin: Admin, text: str) -> None:
    assert "2 new" in admin.does("import", admin.file(text))
    assert (admin.places(), admin.places(OTHER)) == ([10801], [7])


def test_import_of_serial_numbers_only(admin: Admin) -> None:
    assert "2 new" in admin.does("import", "--project", "10801", "-", given=f"{MAC}\n{OTHER}\n")
    assert admin.places(OTHER) == [10801]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("0090-33;10801", "no serial number"),
        (f"{OTHER};99", "there is no project 99"),
        (f"{OTHER};x", "no number of a project"),
        (OTHER, "no project is given"),
        (f"{OTHER};{'9' * 400}", "no number of a project"),
        ("\0;10801", "no serial number"),
    ],
)
def test_one_wrong_line_and_nothing_is_taken(admin: Admin, line: str, why: str) -> None:
    file = admin.file(f"{MAC};10801\n{line}\n")
    told = admin.fails("import", file)
    assert "line 2: " in told
    assert why in told
    assert admin.places() == []
    assert "1 new" in admin.does("import", "--skip-faults", file)
    assert admin.places() == [10801]


def test_export_is_imported_again(admin: Admin) -> None:
    admin.does("import", admin.file(f"{MAC};10801\n{OTHER};7\n"))
    written = admin.does("export")
    assert written == f"sn;project;env;name\n{MAC};10801;;\n{OTHER};7;;\n"
    admin.does("remove", MAC, OTHER)
    assert "2 new" in admin.does("import", admin.file(written))
    assert admin.does("export", "--project", "7") == f"sn;project;env;name\n{OTHER};7;;\n"


def test_too_many_for_xml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("updateserver.redirection.io.xml_registry.MANY", 1)
    admin = Admin(tmp_path)
    admin.does("project", "7", "--customer", "1")
    assert "use-sqlite" in admin.fails("add", "--project", "7", MAC, OTHER)


def test_broken_file_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "redirection.xml").write_text("<redirection>\n<customer id='x'/></redirection>")
    assert "config/redirection.xml:2" in Admin(tmp_path).fails("list")


@pytest.fixture(scope="module")
def pem() -> bytes:
    return DeviceAuthority().issue_server("localhost").pem()


def test_trust_of_a_file_that_holds_the_key_too(admin: Admin, pem: bytes) -> None:
    file = admin.root / "server.pem"
    file.write_bytes(pem)
    value = admin.run("trust", str(file)).stdout.strip()
    assert value.startswith("30")
    assert len(value) < 2000
    admin.does("trust", "--project", "10801", "--report", "type,ip", str(file))
    assert json.loads(admin.does("list", "--json"))[1]["trust"] == f"type,ip:{value}"


def test_trust_of_a_file_as_browsers_save_it(admin: Admin) -> None:
    der = DeviceAuthority().certificate.public_bytes(Encoding.DER)
    (admin.root / "ca.cer").write_bytes(der)
    assert admin.run("trust", str(admin.root / "ca.cer")).stdout.strip() == der.hex()


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"x"])
def test_trust_of_a_file_that_holds_none(admin: Admin, content: bytes) -> None:
    (admin.root / "x.pem").write_bytes(content)
    assert "Error" in admin.fails("trust", str(admin.root / "x.pem"))


@pytest.mark.parametrize("source", ["http://127.0.0.1/", "https://127.0.0.1:1/", "https://", "missing.pem"])
def test_trust_of_what_is_not_there(admin: Admin, source: str) -> None:
    assert "Error" in admin.fails("trust", source)


def test_report_must_be_known(admin: Admin, pem: bytes) -> None:
    (admin.root / "server.pem").write_bytes(pem)
    assert "is no property" in admin.fails("trust", "--report", "colour", str(admin.root / "server.pem"))


@pytest.mark.parametrize("command", ["list", "add", "remove", "import", "export", "project", "trust", "use-sqlite"])
def test_help_teaches(command: str) -> None:
    assert len(CliRunner().invoke(redirect, [command, "--help"]).output) > 200
