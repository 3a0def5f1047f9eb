"""A file is delivered once, whatever names it, and what is not delivered is not signed."""

import hashlib

import pytest

from tests.site import REMEMBERING, Site, poll, served, site

__all__ = ["served", "site"]
COMMAND = "config add CMD0 /name Lobby"


@pytest.mark.parametrize(
    ("configuration", "file"),
    [
        ('<classes><class id="ip232"><model>IP232</model></class></classes>', "update-ip232-default.txt"),
        ('<classes><class id="IP232"><model>IP232</model></class></classes>', "update-ip232-default.txt"),
        (
            """<environments><environment id="Berlin"><implies>berlin</implies></environment>
            <environment id="berlin"/></environments>""",
            "update-all-berlin.txt",
        ),
        ('<environments><environment id="00_90_33_30_00_af"/></environments>', "update-all-00_90_33_30_00_af.txt"),
    ],
)
def test_a_snippet_with_two_names_is_delivered_once(served: Site, configuration: str, file: str) -> None:
    served.configure(REMEMBERING + configuration)
    served.put(f"scripts/{file}", f"{COMMAND}\r\n")
    names = [name for name in ("Berlin", "00_90_33_30_00_af") if f'"{name}"' in configuration]
    answer = served.get(poll(env=names[0]) if names else poll())
    assert answer.lines.count(COMMAND) == 1


def test_a_class_named_like_the_type_is_told_once(served: Site) -> None:
    served.configure(f'{REMEMBERING}<classes><class id="ip232"><model>IP232</model></class></classes>')
    served.get(poll())
    device = served.state().find("device")
    assert device is not None
    assert device.get("classes", "").replace(" ", "").split(",").count("ip232") == 1


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
