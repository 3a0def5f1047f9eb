"""Row 16: what cannot be served is no success, and still says why."""

import pytest

from tests.site import Site, answer_to, poll


def test_row_16_an_unknown_mode_is_an_error(served: Site, caplog: pytest.LogCaptureFixture) -> None:
    with served.untouched():
        answer = served.get("update.php?mode=nonsense")
        assert (answer.status, answer.text) == (400, "# unknown cmd=nonsense - exit\r\n")
    assert "refused with 400: unknown cmd=nonsense" in caplog.text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("mode=backup", "# need 'hwid' arg for mode=backup, use ?hwid=#h - exit\r\n"),
        ("mode=query", "# need 'sn' arg for mode=query, use ?sn=#m - exit\r\n"),
        ("mode=query&sn=1", "# need 'id' arg for mode=query, go fix update.php - exit\r\n"),
    ],
)
def test_row_16_a_missing_argument_is_an_error(served: Site, query: str, text: str) -> None:
    served.configure('<master info=""/><status dir="status"/><backup dir="backup"/>')
    with served.untouched():
        answer = served.put_upload(f"update.php?{query}", "<info/>")
        assert (answer.status, answer.text) == (400, text)


@pytest.mark.parametrize(
    "content", ["<phases><phase id='a-b'/></phases>", "<environments><environment id='all'/></environments>", "<oops"]
)
def test_row_16_a_broken_configuration_is_an_error(
    served: Site, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    served.configure(content)
    for target in ("update.php", poll(), "update.php?mode=nonsense"):
        answer = served.get(target)
        assert answer.status == 500
        assert answer.lines == []
        assert answer.text.startswith("# ")
        assert answer.text.count("\n") == 1
    assert "the configuration cannot be used" in caplog.text


def test_a_broken_configuration_stores_nothing_and_serves_again_once_it_is_good(served: Site) -> None:
    served.configure("<oops")
    before = served.snapshot()
    assert served.put_upload(answer_to("admin"), "<info/>").status == 500
    assert served.snapshot() == before
    served.configure('<master info=""/>')
    command = served.snippet()
    assert command in served.get(poll()).lines


def test_a_missing_configuration_serves_again_once_it_is_there(served: Site) -> None:
    (served.root / "config/user-config.xml").unlink()
    assert served.get(poll()).status == 500
    served.configure('<master info=""/>')
    assert served.get(poll()).status == 200


@pytest.mark.parametrize("query", ["phase=nonsense", "env=nonsense", "env="])
def test_an_unknown_phase_or_environment_is_no_error_of_the_device(served: Site, query: str) -> None:
    command = served.snippet()
    answer = served.get(f"{poll()}&{query}")
    assert answer.status == 200
    assert command not in answer.lines


def test_a_snippet_that_is_being_edited_is_no_error_of_the_device(served: Site) -> None:
    command = served.snippet(age=1)
    answer = served.get(poll())
    assert (answer.status, command in answer.lines) == (200, False)
    assert "files being updated (scripts/update-all-default.txt" in answer.text
