"""The one thing that the JSON API changes: it accepts and refuses unknown devices, for tokens of their own kind."""

import json
import time

from updateserver.base.names import ALLOWED, canonical, is_safe
from updateserver.base.refusal import Refusal
from updateserver.login.io.audit import Audit, AuditEntry
from updateserver.poll.io import unknown_devices
from updateserver.web.api.answers import Found, Question

KIND = "admission"  # of a token
_DECISIONS = ("accept", "refuse")


def is_decision(path: tuple[str, ...]) -> bool:
    """Tell whether an address below admin/api/ is one to decide at: `unknown/SN/accept`."""
    match path:
        case ("unknown", _, decision):
            return decision in _DECISIONS
    return False


def decided(question: Question, path: tuple[str, ...], by: str, address: str) -> Found:
    """Accept or refuse a device, and note who did. Raises Refusal."""
    _, given, decision = path
    sn, now, installation, config = canonical(given), int(time.time()), question.installation, question.config
    if not is_safe(sn):
        raise Refusal(400, f"sn={sn!r:.80} is not allowed: expected {ALLOWED}")
    if decision == "accept":
        is_done = unknown_devices.accept(installation, config, sn, by, now)
    else:
        is_done = unknown_devices.refuse(installation, config, sn, now)
    if not is_done:
        raise Refusal(409, f"{sn} is known already")
    Audit(installation.root / "audit" / "audit.jsonl").note(AuditEntry(now, by, address, decision, sn))
    return Found("application/json", json.dumps({"sn": sn, "done": decision}).encode())
