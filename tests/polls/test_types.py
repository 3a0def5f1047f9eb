"""A device type may be any text: it is told, recorded and encoded, and never becomes a path."""

from urllib.parse import quote

import pytest

from tests.site import SN, Site, cgi, poll
from updateserver.fleet.io.index import FleetIndex
from updateserver.fleet.io.missing_firmware import missing_firmware
from updateserver.fleet.io.next_script import next_script
from updateserver.poll.io.installation import Installation as InstalledSite

ODD = [
    "IP DECT", "IP 232", " IP232", "IP232 ", "IPBS2-A3/1B1", "IP1202/4", "/", "//", "a/b/c", "IPBS2[9.1.5]", "IP{232}",
    "IP(232)", 'IP"232', "IP'232", "<b>IP</b>", "IP&232", "IP%32", "IP+232", "IP#232", "IP?x=1", "IP;232", "IP,232",
    "$(reboot)", "`reboot`", "a\\b", "IP:232", "~root", "*", "%2e%2e%2fx", ".htaccess", "...", "IP..232",
    "MÜNCHEN", "\u578b", "x" * 64,
]  # fmt: skip
REFUSED = {
    "one up": "../x",
    "one up in the middle": "IP/../../x",
    "one up at the end": "IP/..",
    "absolute and up": "/../x",
    "backslashes": "..\\x",
    "folder itself": ".",
    "folder above": "..",
    "of both": "a\\../b",
    "NUL": "a\0b",
    "line breaks": "IP232\r\nconfig rem UP1",
    "line feed": "IP232\n",
    "carriage return": "\rIP232",
    "tab": "IP\t232",
    "escape": "\x1b[2J",
    "too long": "x" * 65,
}
FIRMWARE = (
    '<master info="none" firmware="1309860" bootcode="1309861"/><status dir="status"/>'
    '<fwstorage url="{url}"/><backup dir="backup"/><customcerts dir="certs"/>'
)


def test_an_odd_type_is_a_type_like_any_other(served: Site) -> None:
    command = served.snippet()
    usual = served.get(poll(type="IP999")).lines
    for told in ODD:
        answer = served.get(poll(type=told))
        assert answer.status == 200, told
        assert command in answer.lines
        assert served.state().find("device").get("type") == told
        assert f", type: {told}, classes: " in answer.text
        assert answer.lines == usual
    assert cgi(served.root, poll(type=ODD[0]).partition("?")[2]).status == 200


@pytest.mark.parametrize("told", ["IP DECT", "IPBS2[9.1.5]", 'IP"232', "MÜNCHEN", ".x", "IP%32"])
def test_it_may_have_snippets_of_its_own(served: Site, told: str) -> None:
    ascii_lower = told.encode().lower().decode()
    served.put(f"scripts/update-{ascii_lower}-default.txt", "config add ODD\r\n")
    assert "config add ODD" in served.get(poll(type=told)).lines


@pytest.mark.parametrize("only_class", ["", '<classes><class id="x"><model>y</model></class></classes>'])
@pytest.mark.parametrize("told", ["IP1202/4", "/", "x-default.txt/../update", "/scripts/x"])
def test_a_type_with_a_slash_has_none(served: Site, told: str, only_class: str) -> None:
    served.configure(f'<master info=""/><status dir="status"/>{only_class}')
    command = served.snippet()
    served.put("scripts/update-ip1202/4-default.txt", "config add OTHER\r\n")
    answer = served.get(poll(type=told))
    assert "config add OTHER" not in answer.lines
    if "../" not in told:
        assert command in answer.lines
        assert f"scripts/update-{told.lower()}-" not in answer.text


@pytest.mark.parametrize("url", ["fw/{build}/{model}/{filename}", "http://x/{model}?{filetype}={build}"])
def test_it_is_encoded_in_urls(served: Site, url: str) -> None:
    served.configure(FIRMWARE.format(url=url))
    for told in ODD:
        lines = served.get(poll(type=told)).lines
        model = told.encode().lower().decode().partition("-")[0]
        for kind, name in (("prot", f"{model}.bin"), ("boot", f"boot{model.removeprefix('ip')}.bin")):
            (line,) = [one for one in lines if one.startswith(f"mod cmd UP0 {kind} ")]
            *_, address, ser, build = line.split(" ")
            assert line == f"mod cmd UP0 {kind} {address} ser {build}", ser
            if "{filename}" in url:
                assert address.endswith(f"/{quote(told, safe='')}/{quote(name, safe='')}")
            else:
                assert address == f"http://x/{quote(told, safe='')}?{kind}={build}"


def test_what_leaves_a_folder_or_a_line_is_refused(served: Site) -> None:
    served.configure(FIRMWARE.format(url="fw/{build}/{model}/{filename}"))
    served.snippet()
    with served.untouched():
        for what, told in REFUSED.items():
            answer = served.get(poll(type=told))
            assert (answer.status, answer.lines) == (400, []), what
            assert answer.text.count("\n") == 1


def test_bytes_that_are_no_text_are_kept(served: Site) -> None:
    command = served.snippet()
    answer = served.get(poll().replace("IP232&", "IP%FF232&"))
    assert command in answer.lines
    assert b"type: IP\xff232," in answer.body


@pytest.mark.parametrize("told", ["mypbxa", "MYPBXA", "MyPBXa"])
def test_a_type_is_compared_without_case(served: Site, told: str) -> None:
    served.configure(
        '<master info="none" firmware="1309860" bootcode="none"/><status dir="status"/>'
        '<fwstorage url="fw/{build}/{filename}"/>'
    )
    assert any("/fw/1309860/mypbx.apk " in line for line in served.get(poll(type=told)).lines)


@pytest.mark.parametrize(
    ("names", "prot", "boot"),
    [
        ('prot=""', "", "boot232.bin"),
        ('boot=""', "ip232.bin", ""),
        ('prot="" boot=""', "", ""),
        ('prot="x.bin"', "x.bin", "boot232.bin"),
        ('prot="0" boot="0"', "0", "0"),
        ("", "ip232.bin", "boot232.bin"),
    ],
)
def test_a_file_name_that_is_given_counts_also_if_it_is_empty(served: Site, names: str, prot: str, boot: str) -> None:
    served.configure(
        '<master info="none" firmware="1309860" bootcode="1309861"/><fwstorage url="http://x/{build}/{filename}"/>'
        f'<filenames><model id="ip232" {names}/></filenames>'
    )
    lines = served.get(poll()).lines
    assert f"mod cmd UP0 prot http://x/1309860/{prot} ser 1309860" in lines
    assert f"mod cmd UP0 boot http://x/1309861/{boot} ser 1309861" in lines


@pytest.mark.parametrize(
    ("url", "folder"),
    [("h/x", "/h/x"), ("/h/x", "/h/x"), ("//h/x", "//h/x"), ("///h/x", "///h/x"), ("h//x", "/h//x")],
)
def test_a_url_loses_one_slash_at_its_beginning_and_no_other(served: Site, url: str, folder: str) -> None:
    served.configure(
        f'<master info="none" firmware="1309860" bootcode="none"/><fwstorage url="{url}"/><backup dir="backup" '
        f'scfg="{url}"/><queries scfg="{url}"><query id="admin"><applies>*</applies></query></queries>'
    )
    base = f"http://{served.server.addresses[0][0]}:{served.server.addresses[0][1]}/mtls/update"
    lines = served.get(poll()).lines
    assert f"mod cmd UP0 prot {base}{folder} ser 1309860" in lines
    assert f"mod cmd UP0 scfg {base}{folder}" in lines
    assert any(line.startswith(f"mod cmd UP0 scfg {base}{folder}&id=admin ") for line in lines)


def test_a_device_of_another_servers_state_is_shown(served: Site) -> None:
    served.put(f"status/{SN}.xml", f'<state seen="1"><device sn="{SN}" type="../x"/></state>')
    assert served.get(poll()).status == 200


def test_what_it_would_get_next_is_shown(served: Site) -> None:
    command = served.snippet()
    installed = InstalledSite(served.root)
    for told in ODD:
        served.get(poll(type=told))
        script = next_script(installed, installed.config(), SN, "http://x/update.php")
        assert script
        assert command.encode() in script.text


def test_the_pages_of_snippets_and_firmware_know_it(served: Site) -> None:
    served.configure(FIRMWARE.format(url="fw/{build}/{filename}"))
    served.put("fw/1309860/ip dect.bin", b"x")
    served.get(poll(type="IP DECT"))
    installed = InstalledSite(served.root)
    missing = missing_firmware(installed, FleetIndex(installed), installed.config())
    assert [one.path for one in missing] == ["fw/1309861/boot%20dect.bin"]
