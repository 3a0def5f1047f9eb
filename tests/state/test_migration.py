"""update-migrate: devices are sent on, with their arguments unchanged."""

from pathlib import Path

import pytest

from tests.site import Site, cgi, poll

QUERY = "env=a,b&x=%2f%2F+%20&&y&sn=#m&polling=5&sn=2&CHECK=%C3%BC"


def test_a_device_is_redirected_to_the_update_script_beside_it(served: Site) -> None:
    for name in ("update-migrate.py", "update-migrate.php"):
        answer = served.get(f"{name}?{QUERY.replace('#', '%23')}")
        assert (answer.status, answer.headers["location"]) == (
            302,
            f"/mtls/update/update.php?{QUERY.replace('#', '%23')}",
        )
        assert answer.lines == []


@pytest.mark.parametrize(
    ("new_server", "target"),
    [
        ("https://new.example.com/mtls/update/", "https://new.example.com/mtls/update/update.php"),
        ("https://new.example.com/mtls/update", "https://new.example.com/mtls/update/update.php"),
        ("https://new.example.com/update.py", "https://new.example.com/update.py"),
        ("", "/mtls/update/update.php"),
    ],
)
def test_the_query_string_stays_as_it_is(site: Site, new_server: str, target: str) -> None:
    moved_to(site.root, new_server)
    answer = cgi(site.root, QUERY, script="update-migrate.py")
    assert (answer.status, answer.headers["location"]) == (302, f"{target}?{QUERY}")


def test_a_migrated_device_ends_up_where_its_script_is(served: Site) -> None:
    command = served.snippet()
    answer = served.get(poll().replace("update.php", "update-migrate.php"))
    assert command in served.get(answer.headers["location"].removeprefix("/mtls/update/")).lines


def test_the_script_may_take_the_place_of_update(site: Site) -> None:
    moved_to(site.root, "https://new.example.com/mtls/update/")
    (site.root / "update-migrate.py").replace(site.root / "update.py")
    answer = cgi(site.root, QUERY)
    assert (answer.status, answer.headers["location"]) == (
        302,
        f"https://new.example.com/mtls/update/update.php?{QUERY}",
    )


def test_it_needs_no_configuration_and_writes_nothing(site: Site) -> None:
    (site.root / "config/user-config.xml").unlink()
    before = site.snapshot()
    assert cgi(site.root, QUERY, script="update-migrate.py").status == 302
    assert site.snapshot() == before


@pytest.mark.parametrize("query", ["a=\r\nSet-Cookie: b=c", "a=\n", "a=ü", "a b"])
def test_a_query_string_that_would_break_the_answer_is_refused(site: Site, query: str) -> None:
    answer = cgi(site.root, query, script="update-migrate.py")
    assert answer.status == 400
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers


def moved_to(root: Path, new_server: str) -> None:
    """Do what an admin does."""
    script = root / "update-migrate.py"
    script.write_text(script.read_text().replace('NEW_SERVER = ""', f'NEW_SERVER = "{new_server}"'))
