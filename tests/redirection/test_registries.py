"""One suite that each place for the data must pass: the XML file and the SQLite file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.redirection.kit import CERTIFICATE, HOSTING, MAC, PROJECT
from tests.site import PROJECT as PROJECT_FOLDER
from updateserver.redirection.io.registry_files import RegistryBroken, RegistryFiles
from updateserver.redirection.io.sqlite_registry import SqliteRegistry
from updateserver.redirection.io.xml_registry import EMPTY
from updateserver.redirection.registry import Assigned, Assignment, Customer, Project, RedirectionSettings, Registry

SECOND = Project(10802, HOSTING, "Second")
FOREIGN = Project(7, Customer(1, "Somebody else"), url="https://x.example.com/")
OTHER_MAC = "00-90-33-30-00-b0"
OpenRegistry = Callable[[], Registry]


@pytest.fixture(params=["xml", "sqlite"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> OpenRegistry:
    """Opens the data anew, as another process would."""
    if request.param == "sqlite":
        SqliteRegistry(tmp_path / "redirection" / "redirection.sqlite").create()
    else:
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "redirection.xml").write_bytes(EMPTY)

    def open_book() -> Registry:
        now = RegistryFiles(tmp_path).open()
        assert now
        return now.registry

    for project in (PROJECT, SECOND, FOREIGN):
        open_book().put_project(project)
    return open_book


def test_projects_are_kept_whole(opened: OpenRegistry) -> None:
    project = Project(
        9,
        Customer(8, "A & B"),
        "näme",
        'c "<x>',
        "https://u/?a=1&b=2",
        f"*:{CERTIFICATE}",
        ("a", "b"),
        "130000",
        "13A1",
    )
    opened().put_project(project)
    assert opened().projects()[1] == project
    assert [customer.id for customer in opened().customers()] == [1, 8, 1527]


def test_project_is_changed_and_keeps_its_devices(opened: OpenRegistry) -> None:
    opened().assign([Assignment(MAC, PROJECT.id)])
    changed = replace(PROJECT, url="", comment="", customer=replace(HOSTING, name="New name"))
    opened().put_project(changed)
    assert opened().places(MAC) == [changed]


def test_project_goes_to_another_customer_with_its_devices(opened: OpenRegistry) -> None:
    opened().assign([Assignment(MAC, PROJECT.id)])
    opened().put_project(replace(PROJECT, customer=FOREIGN.customer))
    assert opened().places(MAC)[0].customer == FOREIGN.customer


def test_device_is_found(opened: OpenRegistry) -> None:
    assert opened().assign([Assignment(MAC, PROJECT.id)]) == Assigned(new=1)
    assert opened().places(MAC) == [PROJECT]
    assert opened().places(OTHER_MAC) == []


def test_assigning_again_changes_nothing(opened: OpenRegistry) -> None:
    opened().assign([Assignment(MAC, PROJECT.id)])
    assert opened().assign([Assignment(MAC, PROJECT.id), Assignment(MAC, PROJECT.id)]) == Assigned(unchanged=2)
    assert opened().count() == 1


def test_device_moves_between_projects_of_a_customer(opened: OpenRegistry) -> None:
    opened().assign([Assignment(MAC, PROJECT.id)])
    assert opened().assign([Assignment(MAC, SECOND.id)]) == Assigned(moved=1)
    assert opened().places(MAC) == [SECOND]


def test_device_of_another_customer_is_refused(opened: OpenRegistry) -> None:
    opened().assign([Assignment(MAC, PROJECT.id)])
    assert opened().assign([Assignment(MAC, FOREIGN.id), Assignment(OTHER_MAC, FOREIGN.id)]) == Assigned(
        new=1, refused=[MAC]
    )
    assert opened().places(MAC) == [PROJECT]
    assert opened().assign([Assignment(MAC, FOREIGN.id)], take_over=True) == Assigned(moved=1)
    assert opened().places(MAC) == [FOREIGN]


def test_unknown_project_changes_nothing(opened: OpenRegistry) -> None:
    registry = opened()
    with pytest.raises(KeyError):
        registry.assign([Assignment(MAC, PROJECT.id), Assignment(OTHER_MAC, 99)])
    assert opened().count() == 0


def test_devices_are_listed_by_serial_number(opened: OpenRegistry) -> None:
    opened().assign(
        [Assignment(OTHER_MAC, PROJECT.id), Assignment(MAC, PROJECT.id), Assignment("00-90-33-00-00-01", SECOND.id)]
    )
    assert [entry.mac for entry in opened().entries()] == ["00-90-33-00-00-01", MAC, OTHER_MAC]
    assert list(opened().entries(PROJECT.id)) == [Assignment(MAC, PROJECT.id), Assignment(OTHER_MAC, PROJECT.id)]
    assert (opened().count(), opened().count(PROJECT.id), opened().count(FOREIGN.id)) == (3, 2, 0)


def test_devices_are_released(opened: OpenRegistry) -> None:
    opened().assign([Assignment(MAC, PROJECT.id), Assignment(OTHER_MAC, SECOND.id)])
    assert opened().release([MAC, OTHER_MAC], SECOND.id) == 1
    assert opened().release([MAC, MAC, OTHER_MAC]) == 1
    assert opened().count() == 0


def test_project_is_dropped_with_its_devices(opened: OpenRegistry) -> None:
    opened().assign([Assignment(MAC, PROJECT.id)])
    assert opened().drop_project(PROJECT.id)
    assert not opened().drop_project(PROJECT.id)
    assert opened().places(MAC) == []
    assert PROJECT not in opened().projects()


def xml(root: Path, text: str) -> RegistryFiles:
    (root / "config").mkdir(exist_ok=True)
    (root / "config" / "redirection.xml").write_text(text)
    return RegistryFiles(root)


DEVICE = f'<device sn="{MAC}"/>'


def test_nothing_is_set_up_without_data(tmp_path: Path) -> None:
    assert RegistryFiles(tmp_path).open() is None


def test_settings_are_read(tmp_path: Path) -> None:
    upgrade = '<upgrade types="IP232, IP222" from="090000" to="101100" url="http://fw.example.com/"/>'
    now = xml(tmp_path, f'<redirection firmware="101100" grace="60" unknown="5">{upgrade}</redirection>').open()
    assert now
    assert (now.settings.firmware, now.settings.grace, now.settings.unknown) == ("101100", 60, 5)
    assert now.settings.upgrades[0].serves("firmware", "ip222", "90001")


def test_sample_is_right(tmp_path: Path) -> None:
    books = xml(tmp_path, (PROJECT_FOLDER / "config" / "sample.redirection.xml").read_text())
    now, contents = books.open(), books.contents()
    assert now
    assert now.registry.places(MAC)[0].target == "https://update.example.com/mtls/update/update.php?env=berlin"
    assert now.settings.upgrades
    assert contents
    assert contents.findings == []


def test_file_is_read_again_when_it_changed(tmp_path: Path) -> None:
    books = xml(tmp_path, f'<redirection><customer id="1"><project id="2">{DEVICE}</project></customer></redirection>')
    now = books.open()
    assert now
    assert [project.id for project in now.registry.places(MAC)] == [2]
    xml(tmp_path, "<redirection/>")
    now = books.open()
    assert now
    assert now.registry.places(MAC) == []


def test_device_by_hand_in_two_projects_is_in_both(tmp_path: Path) -> None:
    projects = "".join(f'<project id="{number}">{DEVICE}{DEVICE}</project>' for number in (5, 2))
    now = xml(tmp_path, f'<redirection><customer id="1">{projects}</customer></redirection>').open()
    assert now
    assert [project.id for project in now.registry.places(MAC)] == [2, 5]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("<redirection>", "redirection"),
        ("<config/>", "another element than redirection"),
        ('<redirection><customer id="x"/></redirection>', "no number"),
        ('<redirection><customer id="1"/><customer id="1"/></redirection>', "customer 1 is there more than once"),
        ('<redirection><customer id="1"><project/></customer></redirection>', "no number"),
        ('<redirection grace="soon"/>', "no number"),
        ('<redirection firmware="new"/>', "no build"),
        ('<redirection><upgrade to="101100" url="fw/"/></redirection>', "no address"),
        ('<redirection><upgrade kind="all" to="101100" url="http://x/"/></redirection>', "neither firmware nor"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><redirection>&x;</redirection>', "another file"),
        ("<redirection>&devices;</redirection>", "Entity"),
    ],
)
def test_file_that_cannot_be_understood_is_not_used(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(RegistryBroken, match=f"redirection.xml.*{why}"):
        xml(tmp_path, text).open()


def test_one_wrong_number_does_not_concern_the_others(tmp_path: Path) -> None:
    devices = f'{DEVICE}<device sn="0090-33"/>'
    books = xml(
        tmp_path, f'<redirection>\n<customer id="1"><project id="2">{devices}</project></customer></redirection>'
    )
    now, contents = books.open(), books.contents()
    assert now
    assert now.registry.count() == 1
    assert contents
    assert [finding.line for finding in contents.findings] == [2]


def test_what_people_wrote_stays(tmp_path: Path) -> None:
    text = f"""<redirection grace="60">
  <!-- ours -->
  <customer id="1">
    <project id="2" url="https://u/">
      {DEVICE}
    </project>
  </customer>
</redirection>
"""
    books = xml(tmp_path, text)
    now = books.open()
    assert now
    now.registry.assign([Assignment(OTHER_MAC, 2)])
    now.registry.release([MAC])
    changed = (tmp_path / "config" / "redirection.xml").read_text().partition("?>\n")[2]
    assert changed == text.replace(MAC, OTHER_MAC)


def test_everything_moves_to_sqlite(tmp_path: Path) -> None:
    both = "".join(f'<project id="{number}" url="https://u/{number}">{DEVICE}</project>' for number in (5, 2))
    books = xml(tmp_path, f'<redirection grace="60"><customer id="1" name="A">{both}</customer></redirection>')
    before = books.open()
    assert before
    places = before.registry.places(MAC)
    assert books.use_sqlite() == 2
    after = RegistryFiles(tmp_path).open()
    assert after
    assert isinstance(after.registry, SqliteRegistry)
    assert after.registry.places(MAC) == places
    assert after.settings == RedirectionSettings(grace=60)
    assert (tmp_path / "config" / "redirection.xml").read_text().count("customer") == 0
    with pytest.raises(FileExistsError):
        books.use_sqlite()


def test_damaged_sqlite_file_is_told_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "redirection" / "redirection.sqlite"
    file.parent.mkdir()
    file.write_bytes(b"no database, but long enough to be taken for one" * 100)
    now = RegistryFiles(tmp_path).open()
    assert now
    with pytest.raises(OSError, match="cannot be used"):
        now.registry.places(MAC)
    assert file.read_bytes().startswith(b"no database")


def test_sqlite_file_that_is_replaced_is_opened_again(tmp_path: Path) -> None:
    registry, file = SqliteRegistry(tmp_path / "a.sqlite"), tmp_path / "a.sqlite"
    registry.create()
    registry.put_project(PROJECT)
    registry.assign([Assignment(MAC, PROJECT.id)])
    assert registry.places(MAC)
    other = SqliteRegistry(tmp_path / "b.sqlite")
    other.create()
    SqliteRegistry(file).remove()
    other.move_to(file)
    assert registry.places(MAC) == []


def test_device_has_a_name_and_environments_of_its_own(opened: OpenRegistry) -> None:
    entry = Assignment(MAC, PROJECT.id, ("a", "b"), 'Anna; "x" & <y>')
    opened().assign([entry, Assignment(OTHER_MAC, PROJECT.id)])
    assert list(opened().entries()) == [entry, Assignment(OTHER_MAC, PROJECT.id)]
    assert opened().entry(MAC) == entry
    assert opened().places(MAC)[0].environments == ("a", "b")
    assert opened().places(OTHER_MAC)[0] == PROJECT
    assert opened().assign([Assignment(MAC, PROJECT.id)]) == Assigned(unchanged=1)  # what is not said stays
    assert opened().assign([Assignment(MAC, PROJECT.id, ("c",))]) == Assigned(changed=1)
    assert opened().entry(MAC) == Assignment(MAC, PROJECT.id, ("c",), entry.name)
    opened().assign([Assignment(MAC, SECOND.id)])
    assert opened().entry(MAC) == Assignment(MAC, SECOND.id)


def test_devices_are_told_from_one_on(opened: OpenRegistry) -> None:
    opened().assign([Assignment(MAC, PROJECT.id), Assignment(OTHER_MAC, SECOND.id)])
    assert [entry.mac for entry in opened().entries(since=OTHER_MAC)] == [OTHER_MAC]
    assert [entry.mac for entry in opened().entries(PROJECT.id, since="00-90-33-00-00-00")] == [MAC]
    assert opened().entry("00-90-33-00-00-00") is None
