"""The site's own code in config/scripting.py: what it may add, and that it costs nothing but its part if it fails."""

import hashlib

import pytest

from tests.site import SN, Site, cgi, poll

HEAD = """
from decimal import Decimal
from fractions import Fraction

from updateserver.scripting import UpdateSnippet

class CustomUpdateSnippet(UpdateSnippet):
"""


def scripting(served: Site, body: str, *, age: float = 3600) -> None:
    served.put("config/scripting.py", HEAD + "".join(f"    {line}\n" for line in body.splitlines()), age=age)


def returns(**answers: object) -> str:
    return "\n".join(f"def {name}(self): return {answer!r}" for name, answer in answers.items())


def own_lines(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("config add CMD0")]


def test_lines_stand_before_and_after_the_standard_ones(served: Site) -> None:
    standard = served.snippet()
    before, after = ["config add CMD0 /a ü", "config add CMD0 /b 1"], ["config add CMD0 /c 1"]
    scripting(served, returns(getPreSnippet=before, getPostSnippet=after))
    assert own_lines(served.get(poll()).lines) == [*before, standard, *after]
    assert own_lines(cgi(served.root, poll().partition("?")[2]).lines) == [*before, standard, *after]


def test_the_standard_ones_can_be_left_out(served: Site) -> None:
    served.snippet()
    scripting(served, returns(getPostSnippet=["config add CMD0 /c 1"], sendStandardSnippets=False))
    assert own_lines(served.get(poll()).lines) == ["config add CMD0 /c 1"]
    assert served.state().find("config") is None


@pytest.mark.parametrize("are_sent", [True, False])
def test_the_signature_covers_the_own_lines_as_they_are_and_the_snippets_that_are_sent(
    served: Site, are_sent: bool
) -> None:
    standard = served.snippet("  config add CMD0 /name Lobby \t").strip() if are_sent else ""
    own = returns(getPreSnippet=[" a ", "b"], getPostSnippet=["c "], sendStandardSnippets=are_sent)
    served.snippet("  config add CMD0 /name Lobby \t")
    scripting(served, own)
    signature = hashlib.md5(f" a b{standard}c ".encode(), usedforsecurity=False).hexdigest()
    assert f"mod cmd UP1 check ser {signature}" in served.get(poll()).lines
    assert own_lines(served.get(poll(CHECK=signature)).lines) == []


def test_nothing_is_said_without_own_code(served: Site) -> None:
    standard = served.snippet()
    answer = served.get(poll())
    assert own_lines(answer.lines) == [standard]
    assert "scripting.py" not in answer.text


FAILURES = {
    "an exception": "def getPreSnippet(self): raise RuntimeError('no database\\nconfig rem UP1')",
    "half of it": "def getPreSnippet(self): return ['config add CMD0 /a 1']\ndef getPostSnippet(self): return 1 / 0",
    "no texts": "def getPreSnippet(self): return [[7]]",
    "a number": "def getPreSnippet(self): return 7",
    "nothing among texts": "def getPreSnippet(self): return ['config add CMD0 /a 1', None]",
    "a number too long to write": "def getPreSnippet(self): return [10 ** 5000]",
    "one text": "def getPreSnippet(self): return 'config add CMD0 /a 1'",
    "an exit": "raise SystemExit(1)",
    "no list": "def getPreSnippet(self): return None",
    "at the start": "raise ValueError('x')",
    "no Python": "def (",
    "in its making": "def __init__(self, statexml): raise OSError('x')",
    "an odd state": "def getPreSnippet(self): return [self.statexml.find('nothing').get('x')]",
}


@pytest.mark.parametrize("body", FAILURES.values(), ids=FAILURES)
def test_a_failure_keeps_the_standard_script_and_says_so(
    served: Site, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    standard = served.snippet()
    usual = served.get(poll()).lines
    scripting(served, body)
    answer = served.get(poll())
    assert own_lines(answer.lines) == [standard]
    assert answer.lines == usual
    assert "\n# config/scripting.py failed, standard script only: " in answer.text
    assert "Traceback" in caplog.text
    assert any("config/scripting.py failed" in message for message in served.log())


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("7", "7"), ("-7", "-7"), ("0", "0"), ("10 ** 30", "1" + "0" * 30), ("1.0", "1"), ("0.1", "0.1"),
        ("1 / 3", "0.33333333333333"), ("1e25", "1.0E+25"), ("1.5e-7", "1.5E-7"), ("-0.0", "-0"), ("True", "1"),
        ("False", ""), ("float('inf')", "INF"), ("Decimal('2.50')", "2.50"), ("Fraction(1, 2)", "1/2"),
    ],
)  # fmt: skip
def test_numbers_are_sent_as_php_writes_them(served: Site, written: str, told: str) -> None:
    served.snippet("config add CMD0 /name Lobby")
    body = f"def getPreSnippet(self): return ['a', {written}]\ndef getPostSnippet(self): return ({written}, 'z')"
    scripting(served, body)
    answer = served.get(poll())
    lines = answer.text.split("\r\n")
    assert lines[lines.index("a") + 1] == told
    assert lines[lines.index("z") - 1] == told
    signed = f"a{told}config add CMD0 /name Lobby{told}z"
    signature = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
    assert f"mod cmd UP1 check ser {signature}" in answer.lines
    assert not any("failed" in message for message in served.log())


def test_a_file_without_the_class_is_a_failure(served: Site) -> None:
    standard = served.snippet()
    served.put("config/scripting.py", "x = 1\n")
    answer = served.get(poll())
    assert own_lines(answer.lines) == [standard]
    assert "config/scripting.py failed, standard script only: AttributeError" in answer.text


def test_a_changed_file_counts_from_the_next_call_on(served: Site) -> None:
    for number in (1, 2, 3):
        scripting(served, returns(getPreSnippet=[f"config add CMD0 /a {number}"]), age=1000 - number)
        assert own_lines(served.get(poll()).lines) == [f"config add CMD0 /a {number}"]
    (served.root / "config/scripting.py").unlink()
    assert own_lines(served.get(poll()).lines) == []


def test_a_file_that_was_put_right_counts_at_once(served: Site) -> None:
    scripting(served, "raise ValueError('x')", age=100)
    assert "config/scripting.py failed" in served.get(poll()).text
    scripting(served, returns(getPreSnippet=["config add CMD0 /a 1"]), age=50)
    assert own_lines(served.get(poll()).lines) == ["config add CMD0 /a 1"]


LOOKING = """
def getPreSnippet(self):
    device = self.statexml.find("device")
    known = self.statexml.find("queries/admin/info")
    return [
        "config add CMD0 /type " + device.get("type"),
        "config add CMD0 /hwid " + device.get("hwid"),
        "config add CMD0 /environments " + device.get("environments"),
        "config add CMD0 /build " + self.statexml.find("firmware").get("build"),
        "config add CMD0 /name " + known.get("name"),
        "config add CMD0 /dump " + str(len(self.dump()) > 100),
    ]
"""


@pytest.mark.parametrize("is_known", [True, False])
def test_it_sees_what_was_known_and_what_this_call_says(served: Site, is_known: bool) -> None:
    served.configure(
        '<master info=""/><status dir="status"/>'
        '<environments><environment id="berlin"><implies>default</implies></environment></environments>'
    )
    old = '<device type="IP111" environments="old"/><firmware build="1"/>' if is_known else ""
    served.put(f"status/{SN}.xml", f'<state>{old}<queries><admin><info name="Lobby"/></admin></queries></state>')
    scripting(served, LOOKING)
    assert own_lines(served.get(poll(env="berlin", PROT="130986")).lines) == [
        "config add CMD0 /type IP232",
        "config add CMD0 /hwid IP232-30-00-af",
        "config add CMD0 /environments berlin, default",
        "config add CMD0 /build 130986",
        "config add CMD0 /name Lobby",
        "config add CMD0 /dump True",
    ]


def test_what_it_does_to_the_state_is_not_stored(served: Site) -> None:
    scripting(served, "def getPreSnippet(self):\n    self.statexml.clear()\n    return []")
    served.get(poll())
    assert served.state().find("device").get("type") == "IP232"


def test_it_works_without_a_status_folder(served: Site) -> None:
    served.configure('<master info=""/>')
    scripting(served, "def getPreSnippet(self): return ['config add CMD0 ' + self.statexml.find('device').get('type')]")
    assert own_lines(served.get(poll()).lines) == ["config add CMD0 IP232"]


def test_the_sample_adds_nothing(served: Site) -> None:
    standard = served.snippet()
    usual = served.get(poll()).lines
    sample = served.root / "lib" / ".." / "config" / "sample.scripting.py"
    served.put("config/scripting.py", sample.read_bytes())
    assert served.get(poll()).lines == usual
    assert standard in usual
