"""The file that is kept about a device: what it begins with, what survives, and what happens if it cannot be read."""

import logging
from pathlib import Path

import pytest
from lxml import etree

from tests.site import SN, Site, answer_to, poll

ADMIN = """
    <master info=""/><status dir="status" logkeep="100000"/>
    <queries><query id="admin"><cmd>x</cmd><applies>*</applies></query></queries>
"""

UNREADABLE = {
    "cut off": b'<?xml version="1.0"?>\n<state seen="17000',
    "empty": b"",
    "no XML": b"\0\xff\xfe",
    "two roots": b"<state/><state/>",
    "more behind the log": b'<state><msgs time="1" msg=""/></state>junk<',
    "a log that is no XML": b'<state><msgs time="1" msg="a < b"/></state>',
    "a log with a tag in a text": b'<state><msgs time="1" msg="<msgs "/></state>',
    "a log with an unknown entity": b'<state><msgs time="1" msg="a &b; c"/></state>',
    "a log that is no text": b'<state><msgs time="1" msg="\xff"/></state>',
    "another root": b'<other><msgs time="1" msg=""/></other>',
    "a root of another namespace": b'<s:state xmlns:s="x"><msgs time="1" msg=""/></s:state>',
    "entity": b"<!DOCTYPE s [<!ENTITY a 'b'>]><state>&c;</state>",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_state_is_kept_aside_and_the_device_starts_anew(
    served: Site, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    command = served.snippet()
    served.put(f"status/{SN}.xml", content)
    assert command in served.get(poll()).lines
    assert served.state().find("device").get("sn") == SN
    (aside,) = [name for name in served.names("status") if ".unreadable-" in name]
    assert served.read(f"status/{aside}") == content
    assert aside in caplog.text
    assert logging.ERROR in [record.levelno for record in caplog.records]
    served.get(poll())
    assert len([name for name in served.names("status") if ".unreadable-" in name]) == 1


def test_an_upload_keeps_an_unreadable_state_aside_as_well(served: Site) -> None:
    served.configure(f'{ADMIN}<backup dir="backup"/>')
    served.put(f"status/{SN}.xml", b"<sta")
    assert served.put_upload(poll(mode="backup"), "config write").status == 200
    assert served.state().find("device").get("backup") is not None
    (aside,) = [name for name in served.names("status") if ".unreadable-" in name]
    assert served.read(f"status/{aside}") == b"<sta"


def test_a_state_that_cannot_be_stored_costs_a_poll_nothing_and_an_upload_its_success(
    served: Site, caplog: pytest.LogCaptureFixture
) -> None:
    served.configure(ADMIN)
    command = served.snippet()
    served.put("status", "a file where the folder should be")
    served.configure(f'{ADMIN}<backup dir="backup"/>')
    assert command in served.get(poll()).lines
    assert "cannot be stored" in caplog.text
    assert served.put_upload(poll(mode="backup"), "config write").status == 500


def test_nothing_is_recorded_at_first_contact(served: Site) -> None:
    served.configure('<master info=""/><status dir="status"/><times forcehttps="true"/>')
    with served.untouched():
        for missing in ("type", "sn", "hwid", "ip"):
            query = "&".join(one for one in poll().partition("?")[2].split("&") if not one.startswith(f"{missing}="))
            assert served.get(f"update.php?{query}").status == 200


def test_nothing_is_recorded_without_a_status_folder(served: Site) -> None:
    served.configure('<master info=""/><queries><query id="admin"><applies>*</applies></query></queries>')
    with served.untouched():
        assert served.get(poll()).status == 200
        assert served.put_upload(answer_to("admin"), "<info/>").status == 200


def test_nothing_is_recorded_of_a_call_that_the_configuration_ends(served: Site) -> None:
    served.configure('<master info="none" firmware="nonsense"/><status dir="status"/>')
    with served.untouched():
        assert "- exit" in served.get(poll()).text


def test_what_others_keep_in_a_state_stays(served: Site) -> None:
    served.put(f"status/{SN}.xml", '<state own="x"><device note="Lobby"/><own>text &amp; more</own><!-- y --></state>')
    served.get(poll())
    state = served.state()
    assert state.get("own") == "x"
    assert state.find("device").get("note") == "Lobby"
    assert state.findtext("own") == "text & more"


def test_any_text_of_a_device_can_be_read_again(served: Site) -> None:
    odd = "%C3%BC%FF%EF%BF%BF%ED%A0%80%F0%9F%93%9E%22%3C%26%27%3E"
    served.get(f"{poll()}&PROT={odd}&env=default,{odd}")
    assert any(message.startswith("invalid environment: 'ü") for message in served.log())
    served.get(f"{poll()}&PROT={odd}")
    assert served.state().find("firmware").get("build").endswith("📞\"<&'>")


def test_what_was_delivered_is_recorded_with_its_version(served: Site) -> None:
    served.snippet()
    served.get(poll())
    served.get(poll())
    (config,) = served.state().findall("config")
    changed = int((served.root / "scripts/update-all-default.txt").stat().st_mtime)
    assert (config.get("filename"), config.get("version")) == ("scripts/update-all-default.txt", str(changed))
    assert int(config.get("delivered")) == int(served.state().get("seen"))


SIGNATURE = "5ffe5ae41f19b1c63698474c68951f46"  # what the PHP server had told the device to keep as CHECK
PHP_SITE = """
    <master info=""/><status dir="status"/>
    <customcerts dir="certs" CAname="My CA"/>
    <queries>
        <query id="admin"><applies>*</applies></query>
        <query id="certificates"><applies>*</applies></query>
    </queries>
"""
PHP_SNIPPETS = (
    "update-all-00_90_33_30_00_af",
    "update-all-default",
    "update-phone-00_90_33_30_00_af",
    "update-phone-default",
    "update-phone_newui-default",
    "update-ip232-default",
)


@pytest.fixture
def migrated(served: Site) -> Site:
    """An installation of the PHP server, build 2033, with a device that had been through all its phases."""
    served.configure(PHP_SITE)
    served.put(f"status/{SN}.xml", (Path(__file__).parent / "php-state.xml").read_bytes())
    for name in PHP_SNIPPETS:
        served.put(f"scripts/{name}.txt", f"# {name}\r\nconfig add CMD0 /name {name}\r\n", age=86400)
    return served


def test_a_device_of_the_php_server_does_not_run_its_scripts_again(migrated: Site) -> None:
    answer = migrated.get(poll(CHECK=SIGNATURE))
    assert f"not delivering any snippets - CHECK serial {SIGNATURE} is good" in answer.text
    assert not any(line.startswith("config add CMD0") for line in answer.lines)


def test_a_device_of_the_php_server_that_has_not_run_them_gets_them_with_the_same_signature(migrated: Site) -> None:
    lines = migrated.get(poll()).lines
    assert [line.split()[-1] for line in lines if line.startswith("config add CMD0")] == list(PHP_SNIPPETS)
    assert f"mod cmd UP1 check ser {SIGNATURE}" in lines


def test_the_state_of_the_php_server_goes_on_where_it_was(migrated: Site) -> None:
    before = migrated.state()
    migrated.get(poll(CHECK=SIGNATURE))
    after = migrated.state()

    def lasting(state: etree._Element) -> list[bytes]:
        return [etree.tostring(child) for child in state if child.tag in ("queries", "config")]

    assert len(lasting(before)) == 7
    assert lasting(after) == lasting(before)
    volatile = ("ip", "rp", "known")
    known = {name: value for name, value in before.find("device").attrib.items() if name not in volatile}
    assert {name: value for name, value in after.find("device").attrib.items() if name not in volatile} == known
    assert after.get("phase") == "update"
    assert after.get("seen") != before.get("seen")
    assert migrated.names("status") == [f"{SN}.xml", "lastcleanup"]
