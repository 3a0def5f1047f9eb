"""check-config and the page Configuration tell what is wrong with the data of redirection."""

from click.testing import CliRunner

from tests.redirection.calls import knows
from tests.redirection.kit import HOSTING, MAC, PROJECT
from tests.site import Site, site
from updateserver.cli import main
from updateserver.redirection.io.registry_files import RegistryFiles
from updateserver.redirection.io.sqlite_registry import NAME, SqliteRegistry
from updateserver.redirection.registry import Project

__all__ = ["site"]


def told(at: Site) -> str:
    return CliRunner().invoke(main, ["check-config", "--root", str(at.root)]).output


def test_sound_data_and_none_are_not_told_of(site: Site) -> None:
    assert "redirect" not in told(site)
    knows(site, 'url="http://u.example.com/"', MAC)
    assert "redirect" not in told(site)


def test_faults_of_the_file_are_told_with_their_line(site: Site) -> None:
    knows(site, 'url="ftp://u.example.com/" trust="zz"', "00-90-33")
    output = told(site)
    assert "config/redirection.xml:2" in output
    for text in ("ftp://u.example.com/", "is no certificate", "no serial number"):
        assert text in output
    site.put("config/redirection.xml", "<redirection><customer/></redirection>")
    assert "no device that comes out of its box is redirected" in told(site)
    site.put("config/redirection.xml", "<redirection>")
    assert "no device that comes out of its box is redirected" in told(site)


def test_faults_of_projects_in_sqlite_are_told(site: Site) -> None:
    knows(site, 'url="http://u.example.com/"', MAC)
    RegistryFiles(site.root).use_sqlite()
    assert "redirect" not in told(site)
    SqliteRegistry(site.root / NAME).put_project(Project(5, HOSTING, url="ftp://x/"))
    knows(site, 'url="http://u.example.com/"', MAC)
    output = told(site)
    assert "project 5" in output
    assert "1 devices in this file do not count" in output
    assert PROJECT.name not in output


def test_file_that_is_no_database_is_told(site: Site) -> None:
    site.put(NAME, "no database" * 100)
    assert "cannot be used" in told(site)
