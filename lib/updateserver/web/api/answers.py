"""What the JSON API answers at each of its addresses (docs/api.md)."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from updateserver.backups.io.store import backup_content, backups_of
from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Config
from updateserver.fleet.io.index import SORTS, FleetIndex
from updateserver.fleet.io.missing_firmware import missing_firmware
from updateserver.fleet.io.next_script import next_script
from updateserver.fleet.io.snippets import overview
from updateserver.fleet.rows import DeviceRow
from updateserver.poll.io import other_spellings
from updateserver.poll.io.installation import Installation
from updateserver.poll.io.unknown_devices import unknown_devices
from updateserver.web.api.metrics import metrics
from updateserver.web.export import as_object

_MOST_ROWS = 1000
_LARGEST_OFFSET = 10_000_000
_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Question:
    """One call of the API; `base` is the URL that devices call, without the name of the script."""

    installation: Installation
    index: FleetIndex
    config: Config
    arguments: Mapping[str, str]
    base: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a call is answered with."""

    kind: str  # its content type
    body: bytes


def answer_to(question: Question, path: tuple[str, ...]) -> Found:
    """Return what is found at an address below admin/api/. Raises Refusal."""
    match _meant(question, path):
        case ("devices",):
            return _devices(question, as_object)
        case ("devices", sn):
            return _device(question, sn)
        case ("devices", sn, "script"):
            return _script(question, sn)
        case ("devices", sn, "backups"):
            row = _row(question, sn)
            backups = backups_of(question.installation.root, question.config.backup, row.hwid)
            return _json({"backups": [asdict(backup) for backup in backups]})
        case ("devices", sn, "backups", number) if number.isascii() and number.isdigit() and len(number) < 10:  # noqa: PLR2004
            return _backup(question, sn, int(number))
        case (name,) if name in _OF_THE_FLEET:
            return _OF_THE_FLEET[name](question)
    raise Refusal(404, "there is nothing at this address, see docs/api.md")


def _meant(question: Question, path: tuple[str, ...]) -> tuple[str, ...]:
    """Return an address with the serial number in it as it is stored."""
    match path:
        case ("devices", sn, *rest):
            return ("devices", other_spellings.meant(question.installation, question.config, sn), *rest)
        case _:
            return path


def _devices(question: Question, plain: Callable[[DeviceRow], dict[str, Any]]) -> Found:
    arguments = question.arguments
    sort = arguments.get("sort", "sn")
    if sort not in SORTS:
        raise Refusal(400, f"sort is none of {', '.join(SORTS)}")
    page = question.index.page(
        question.config,
        arguments.get("filter", ""),
        sort,
        descending=arguments.get("descending", "") in ("1", "true"),
        offset=_number(arguments, "offset", 0, _LARGEST_OFFSET),
        limit=_number(arguments, "limit", 100, _MOST_ROWS),
    )
    counts = {name: getattr(page, name) for name in ("total", "matching", "offset", "limit", "now", "pending")}
    return _json({**counts, "devices": [plain(row) for row in page.rows]})


def _device(question: Question, sn: str) -> Found:
    facts = question.index.facts(question.config, sn)
    if facts is None:
        raise _unknown(sn)
    found = asdict(facts)
    del found["xml"]
    return _json({**found, "row": as_object(facts.row)})


def _script(question: Question, sn: str) -> Found:
    _row(question, sn)
    script = next_script(question.installation, question.config, sn, f"{question.base}update.php")
    if script is None:
        raise Refusal(404, "too little is known of this device to tell its next script")
    return Found(_TEXT, script.text)


def _backup(question: Question, sn: str, number: int) -> Found:
    row = _row(question, sn)
    content = backup_content(question.installation.root, question.config.backup, row.hwid, number)
    if content is None:
        raise Refusal(404, "there is no backup of this number")
    return Found(_TEXT, content)


def _snippets(question: Question) -> Found:
    found = asdict(overview(question.installation, question.index, question.config))
    missing = missing_firmware(question.installation, question.index, question.config)
    return _json({**found, "missing_firmware": [asdict(file) for file in missing]})


def _unknown_devices(question: Question) -> Found:
    listed = unknown_devices(question.installation, question.config)
    found = sorted(listed.all().values() if listed else (), key=lambda one: one.sn)
    refusals = {
        limit: asdict(tally) for limit, tally in question.installation.refusals.lately(int(time.time())).items()
    }
    return _json({"devices": [one._asdict() for one in found], "refusals": refusals})


def _metrics(question: Question) -> Found:
    page = question.index.page(question.config, limit=0)
    refused = question.installation.refusals.lately(page.now)
    kind = "text/plain; version=0.0.4; charset=utf-8"
    return Found(kind, metrics(page, question.index.charts(question.config), refused))


def _certificate(row: DeviceRow) -> dict[str, Any]:
    names = ("sn", "name", "certstat", "certificate_end", "certificate_issuer", "upload_failed")
    return {
        **{name: getattr(row, name) for name in names},
        "files": list(row.files.present),
        "waits_for_signature": row.files.waits_for_signature,
        "waits_for_device": row.files.waits_for_device,
    }


def _row(question: Question, sn: str) -> DeviceRow:
    row = question.index.row(question.config, sn)
    if row is None:
        raise _unknown(sn)
    return row


def _unknown(sn: str) -> Refusal:
    return Refusal(404, f"nothing is known of a device {sn!r:.80}")


def _number(arguments: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = arguments.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):  # noqa: PLR2004
        raise Refusal(400, f"{name} is not a number from 0 to {most}")
    return int(text)


def _json(found: object) -> Found:
    return Found(_JSON, json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


_OF_THE_FLEET: dict[str, Callable[[Question], Found]] = {
    "certificates": lambda question: _devices(question, _certificate),
    "charts": lambda question: _json(
        asdict(question.index.charts(question.config, question.arguments.get("filter", "")))
    ),
    "snippets": _snippets,
    "unknown": _unknown_devices,
    "metrics": _metrics,
}
