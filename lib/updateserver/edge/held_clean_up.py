"""That a clean-up of states waits for an admin: a small file below cache/, for check-config and the pages."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from updateserver.edge.files import readable, replace
from updateserver.model.configuration import Config
from updateserver.model.source import Finding, Node, warning
from updateserver.rules.clean_up import Overdue

_FILE = "cache/held-clean-up"
_OLD = "{old} of {states} devices would be forgotten at once: if the clock is right, run updateserver expire --yes"
_AHEAD = (
    "{ahead} of {states} states are dated in the future, so they are not forgotten in time: if the clock is right now, "
    "run updateserver expire --yes"
)


def hold(root: Path, overdue: Overdue) -> None:
    """Keep that it waits."""
    with contextlib.suppress(OSError):  # it is only told
        replace(root / _FILE, json.dumps(overdue).encode())


def let_go(root: Path) -> None:
    """Keep that it does not."""
    with contextlib.suppress(OSError):
        (root / _FILE).unlink(missing_ok=True)


def held_findings(root: Path, config: Config, merged: Node) -> Iterator[Finding]:
    """Yield why a clean-up waits, if it does."""
    overdue = _held(root)
    if overdue is None or not config.status.dir or config.status.expire <= 0 or not overdue.is_odd:
        return
    node, of_states = merged.one("status"), overdue._replace(ahead=0)
    if of_states.is_odd:
        yield warning(_OLD, node, "status", "expire", old=overdue.old, states=overdue.states)
    else:
        yield warning(_AHEAD, node, "status", "expire", ahead=overdue.ahead, states=overdue.states)


def _held(root: Path) -> Overdue | None:
    try:
        numbers = json.loads(readable(root / _FILE) or b"null")
    except (ValueError, RecursionError):
        return None
    is_right = isinstance(numbers, list) and len(numbers) == 3 and all(type(one) is int for one in numbers)  # noqa: PLR2004
    return Overdue(*numbers) if is_right else None
