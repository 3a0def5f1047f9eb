"""A file is delivered once, whatever names it, and what is not delivered is not signed."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.site import REMEMBERING, Site, poll, served, site
from updateserver.base.text import lower
from updateserver.configuration.config import Config
from updateserver.configuration.io.files import ConfigurationFiles
from updateserver.poll.membership import classes_of

__all__ = ["served", "site"]
COMMAND = "config add CMD0 /name Lobby"


ENVIRONMENTS = '<environments><environment id="default"/>{}</environments>'
BERLIN = ENVIRONMENTS.format(
    '<environment id="Berlin"><implies>berlin</implies></environment><environment id="berlin"/>'
)
TYPE = "<model>IP232</model>"


@pytest.mark.parametrize(
    ("configuration", "file", "arguments"),
    [
        (f'<classes><class id="ip232">{TYPE}</class></classes>', "update-ip232-default.txt", {}),
        (f'<classes><class id="IP232">{TYPE}</class></classes>', "update-ip232-default.txt", {}),
        (f'<classes><class id="PHONE">{TYPE}</class></classes>', "update-phone-default.txt", {}),
        (f'<classes><class id="Phone">{TYPE}</class></classes>', "update-phone-00_90_33_30_00_af.txt", {}),
        (f'<classes><class id="ALL">{TYPE}</class></classes>', "update-all-default.txt", {}),
        ('<phases><phase id="ALL" seq="300"/></phases>', "all-all-default.txt", {"phase": "ALL"}),
        ('<phases><phase id="UPDATE" seq="100"/></phases>', "update-all-default.txt", {"phase": "UPDATE"}),
        (BERLIN, "update-all-berlin.txt", {"env": "Berlin"}),
        (BERLIN, "update-all-berlin.txt", {"env": "berlin,Berlin"}),
        (BERLIN, "update-all-berlin.txt", {"env": "berlin,berlin"}),
        (ENVIRONMENTS.format('<environment id="ALL"/>'), "update-all-all.txt", {"env": "ALL"}),
        (ENVIRONMENTS.format('<environment id="All"/>'), "update-phone-all.txt", {"env": "default,All"}),
        (
            ENVIRONMENTS.format('<environment id="00_90_33_30_00_af"/>'),
            "update-all-00_90_33_30_00_af.txt",
            {"env": "00_90_33_30_00_af"},
        ),
        (
            ENVIRONMENTS.format('<environment id="00_90_33_30_00_AF"/>'),
            "update-all-00_90_33_30_00_af.txt",
            {"env": "default,00_90_33_30_00_AF"},
        ),
        (ENVIRONMENTS.format('<environment id="x"/>'), "update-all-all.txt", {"sn": "ALL"}),
        (ENVIRONMENTS.format('<environment id="lobby"/>'), "update-all-lobby.txt", {"sn": "LOBBY", "env": "lobby"}),
        ("", "update-all-default.txt", {"type": "ALL"}),
        ("", "update-phone-default.txt", {"type": "PHONE"}),
    ],
)
def test_a_snippet_with_two_names_is_delivered_once(
    served: Site, configuration: str, file: str, arguments: dict[str, str]
) -> None:
    served.configure(REMEMBERING + configuration)
    served.put(f"scripts/{file}", f"{COMMAND}\r\n")
    answer = served.get(poll(**arguments))
    assert answer.lines.count(COMMAND) == 1
    assert answer.text.count(f"# scripts/{file} ") == 1
    if (signature := re.search("mod cmd UP1 check ser (.*)\r", answer.text)) is not None:
        assert signature[1] == hashlib.md5(COMMAND.encode(), usedforsecurity=False).hexdigest()


def test_a_file_with_two_names_stands_at_its_first_place(served: Site) -> None:
    served.configure(f'{REMEMBERING}<classes><class id="PHONE">{TYPE}</class></classes>')
    for kind in ("phone", "phone_newui", "ip232"):
        served.put(f"scripts/update-{kind}-default.txt", f"config add X /{kind} 1")
    told = [line for line in served.get(poll()).lines if line.startswith("config add X")]
    assert told == ["config add X /phone 1", "config add X /phone_newui 1", "config add X /ip232 1"]


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (f'<class id="ip232">{TYPE}</class>', "phone, pre_opus_phone, phone_newui, ip232"),
        (
            f'<class id="ip232">{TYPE}</class><class id="x">{TYPE}</class>',
            "phone, pre_opus_phone, phone_newui, ip232, x",
        ),
        (f'<class id="x">{TYPE}<model>ip232</model></class>', "phone, pre_opus_phone, phone_newui, x, ip232"),
        (f'<class id="PHONE">{TYPE}</class>', "phone, pre_opus_phone, phone_newui, PHONE, ip232"),
    ],
)
def test_each_class_of_a_device_is_told_once(served: Site, classes: str, told: str) -> None:
    served.configure(f"{REMEMBERING}<classes>{classes}</classes>")
    served.get(poll())
    device = served.state().find("device")
    assert device is not None
    assert device.get("classes") == told


@pytest.mark.parametrize(
    ("model", "device", "fits"),
    [
        ("IP232", "ip232", True),
        ("ip232", "IP232", True),
        ("\N{LATIN SMALL LETTER DOTLESS I}P232", "ip232", False),
        ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}P232", "ip232", False),
        ("\N{KELVIN SIGN}232", "k232", False),
    ],
)
def test_only_the_letters_of_ascii_have_two_cases(site: Site, model: str, device: str, fits: bool) -> None:
    site.configure(f'{REMEMBERING}<classes><class id="x"><model>{model}</model></class></classes>')
    assert ("x" in classes_of(site_config(site), device)) is fits
    site.configure(f"{REMEMBERING}<nofirmdev><model>{model}</model></nofirmdev>")
    assert (lower(device) in map(lower, site_config(site).nofirmdev)) is fits


def site_config(site: Site) -> Config:
    return ConfigurationFiles(site.root).current()


@given(st.text())
def test_a_name_is_lowered_as_php_does(text: str) -> None:
    assert lower(text) == "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def test_snippets_that_the_sites_own_code_holds_back_are_not_signed(served: Site) -> None:
    served.configure(f'{REMEMBERING}<times check="true"/>')
    served.snippet()
    served.put(
        "config/scripting.py",
        "from updateserver.scripting import UpdateSnippet\n\n\n"
        "class CustomUpdateSnippet(UpdateSnippet):\n"
        "    def getPreSnippet(self):\n        return ['config add A /x 1']\n\n"
        "    def sendStandardSnippets(self):\n        return False\n",
    )
    answer = served.get(poll())
    assert COMMAND not in answer.lines
    signature = hashlib.md5(b"config add A /x 1", usedforsecurity=False).hexdigest()
    assert f"mod cmd UP1 check ser {signature}" in answer.lines
