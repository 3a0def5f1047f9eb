"""A recorded case: laid out as an installation, and compared with what came out of it."""

import base64
import json
import os
import re
import shutil
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
FOLDER = "/mtls/update/"

_TIME = re.compile(r"\b1[6-9]\d{8}\b")
_USUAL = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SERVER_SOFTWARE": "lighttpd/1.4.69",
    "SERVER_NAME": "update.example.com",
    "HTTP_HOST": "update.example.com",
    "SERVER_PORT": "80",
    "REMOTE_ADDR": "192.0.2.7",
}


@dataclass
class Answer:
    """What a step was answered."""

    status: int
    body: bytes

    @property
    def effective(self) -> list[str]:
        return effective(self.body.decode("utf-8", "replace"))


def effective(text: str) -> list[str]:
    """Return the lines that a device acts on, runs of blanks as one."""
    lines = (" ".join(line.split()) for line in re.split(r"\r\n|\n|\r", text))
    return [line for line in lines if line and not line.startswith("#")]


class Case:
    """One recorded case, as an installation below `root`."""

    def __init__(self, path: Path, root: Path, address: str) -> None:
        self.told: dict[str, Any] = json.loads(path.read_text())
        self.root = root
        self.address = address
        self._lay_out()
        self.before = self._tree()

    def _lay_out(self) -> None:
        for name in ("update.py", "config.xml"):
            shutil.copy(PROJECT / name, self.root)
        (self.root / "lib").symlink_to(PROJECT / "lib")
        own = self.root / "config" / "user-config.xml"
        own.parent.mkdir()
        own.write_text(self.told["user_config"].replace("{{HTTP}}", self.address))
        for name, file in self.told.get("files", {}).items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(file["b64"]) if "b64" in file else file["text"].encode())
            changed = time.time() - file.get("age", 86400)
            os.utime(path, (changed, changed))

    def environ(self, step: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
        """Return the CGI variables and the body of a step."""
        body = step.get("body", "")
        raw = base64.b64decode(body["b64"]) if isinstance(body, dict) else body.encode()
        environ = _USUAL | {
            "REQUEST_METHOD": step.get("method", "GET"),
            "SCRIPT_NAME": FOLDER + step.get("script", "update.php"),
            "QUERY_STRING": step.get("query", ""),
            "CONTENT_LENGTH": str(len(raw)),
        }
        environ |= step.get("env", {})
        return {name: value for name, value in environ.items() if value is not None}, raw

    def differences(self, answers: list[Answer]) -> list[str]:
        """Return where the answers and files differ from the recorded ones."""
        found = []
        for place, (recorded, answer) in enumerate(zip(self.told["recorded"], answers, strict=True)):
            found += [f"step {place}: {what}" for what in self._of_answer(place, recorded, answer)]
        after = self._tree()
        changed = {name: content for name, content in after.items() if self.before.get(name) != content}
        for name, recorded in self.told["recorded_tree"].items():
            if name.startswith(("backup/", "certs/")) and _timeless(changed.get(name)) != _timeless(recorded):
                found.append(f"{name} is {changed.get(name)!r}, recorded {recorded!r}")
            if name.startswith("status/") and name.endswith(".xml"):
                found += [f"{name}: {what}" for what in _of_state(recorded, changed.get(name, "<state/>"))]
        return found + [f"{name} is still there" for name in self.told.get("recorded_gone", []) if name in after]

    def _of_answer(self, place: int, recorded: dict[str, Any], answer: Answer) -> list[str]:
        expected = self.told.get("expect", {}).get(str(place), {})
        body = recorded["body"].replace("{{HTTP}}", self.address)
        lines = expected.get("effective", [line for line in effective(body) if line not in expected.get("drop", [])])
        status = expected.get("status", recorded["status"])
        found = []
        if answer.effective != lines:
            found.append(f"effective lines are {answer.effective}, recorded {lines}")
        if answer.status not in (status if isinstance(status, list) else [status]):
            found.append(f"status is {answer.status}, recorded {status}")
        text = answer.body.decode("utf-8", "replace")
        return found + [f"no comment {line!r}" for line in expected.get("comments", []) if line not in text]

    def _tree(self) -> dict[str, str]:
        found = {}
        for folder in ("backup", "certs", "status", "cache"):
            for path in (self.root / folder).rglob("*"):
                if path.is_file() and path.suffix != ".lock":
                    found[str(path.relative_to(self.root))] = _text(path.read_bytes())
        return found


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return "b64:" + base64.b64encode(content).decode()


def _timeless(text: str | None) -> str | None:
    return None if text is None else _TIME.sub("<time>", text)


def _of_state(recorded: str, now: str) -> list[str]:
    was, found = _facts(recorded), _facts(now)
    return [
        f"{fact} is {found.get(fact)!r}, recorded {value!r}" for fact, value in was.items() if found.get(fact) != value
    ]


def _facts(document: str) -> dict[str, Any]:
    """Return what a state says, without times and log messages."""
    state = ET.fromstring(document)
    facts: dict[str, Any] = {"skipnext": "skipnext" in state.attrib}
    for element in ("device", "firmware", "bootcode"):
        node = state.find(element)
        for name, value in ({} if node is None else node.attrib).items():
            if name not in {"requested-at", "backup"} and not name.startswith("var-"):
                facts[f"{element}/@{name}"] = value
    if state.get("requested", "").endswith("bootcode"):  # row 4 of the differences
        facts["bootcode/@requested"] = state.get("requested", "").removesuffix("bootcode")
    facts |= {f"@{name}": state.get(name) for name in ("phase", "nextphase") if state.get(name)}
    facts["config"] = sorted(node.get("filename", "") for node in state.findall("config"))
    for node in state.findall("queries/*"):
        facts[f"queries/{node.tag}"] = "".join(ET.tostring(child, "unicode").strip() for child in node)
    return facts
