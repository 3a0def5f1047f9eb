"""A poll carried out: the rules' steps become the script's bytes and changes of what is stored."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from updateserver.base.io import files
from updateserver.base.io.files import replace
from updateserver.base.lines import joined
from updateserver.base.refusal import Refusal
from updateserver.configuration.config import Config
from updateserver.device.io import expiry
from updateserver.device.io.states import Keeping
from updateserver.device.request import Poll
from updateserver.device.steps import (
    Abandon,
    Action,
    Answered,
    Change,
    Comment,
    ConsiderRequest,
    Content,
    Delivered,
    Forget,
    ForgetAnswer,
    Introduce,
    KeepAsIssued,
    Line,
    Listing,
    Log,
    Note,
    Prove,
    Remember,
    RemoveCertificateFile,
    SaveCertificateFile,
)
from updateserver.poll.io.facts import LiveFacts
from updateserver.poll.io.installation import Installation
from updateserver.poll.poll import script
from updateserver.trust.call import Call

_LOG = logging.getLogger("updateserver.delivery")
_END = b"\r\n"

Consider = Callable[[Installation, Config, str, int], None]


class _Result(NamedTuple):
    """What the rules said about a poll: the script, what changes in the state, and what is to be done beside it."""

    text: bytes
    changes: Sequence[Change]
    actions: Sequence[Action]
    facts: LiveFacts


def deliver(installation: Installation, config: Config, call: Call, poll: Poll, consider: Consider) -> bytes:
    """Answer a poll with its script, and keep what it changed; `consider` looks at requests that wait to be signed."""
    result = _run(installation, config, call, poll, is_preview=False)
    if result.changes:
        if result.facts.was.content is None and (
            why := _not_remembered(installation, config, call, poll.sn, result.facts.now)
        ):
            return result.text + joined([f"# {why}"])
        _keep(installation, config, call, poll.sn, result)
        for action in result.actions:
            # Signed after the state is written, which the policy reads.
            if isinstance(action, ConsiderRequest):
                consider(installation, config, action.sn, result.facts.now)
    return result.text


def _not_remembered(installation: Installation, config: Config, call: Call, sn: str, now: int) -> str:
    """Return why nothing may be kept of a new device, "" if it may."""
    from updateserver.poll.io import newcomers  # noqa: PLC0415 - not for devices that are known

    try:
        newcomers.Newcomer(installation, config, call.address, now).begin_state(sn)
    except Refusal as refusal:
        installation.refusals.note(refusal.limit, call.address, now)
        return refusal.text
    return ""


class Preview(NamedTuple):
    """What a poll would be answered with."""

    text: bytes
    there: tuple[str, ...]  # the snippet files that there are for the device
    sent: frozenset[str]  # those of them that the script holds


def preview(installation: Installation, config: Config, call: Call, poll: Poll) -> Preview:
    """Return what a poll would be answered with, and touch nothing."""
    result = _run(installation, config, call, poll, is_preview=True)
    sent = frozenset(change.filename for change in result.changes if isinstance(change, Delivered))
    return Preview(result.text, result.facts.there, sent)


def _run(installation: Installation, config: Config, call: Call, poll: Poll, *, is_preview: bool) -> _Result:
    changes: list[Change] = []
    actions: list[Action] = []
    text: list[bytes] = []
    lines: list[str] = []
    facts = LiveFacts(installation, config, poll.sn, changes, is_preview=is_preview)
    for step in script(config, call, poll, facts):  # some forty of them: the most frequent ones are asked for first
        if isinstance(step, Comment):
            lines.append(f"# {step.text}" if step.text else "")
        elif isinstance(step, (Remember, Log)):
            changes.append(step)
        elif isinstance(step, Line):
            lines.append(step.text)
        elif isinstance(step, Note):
            lines.append(f"# {step.message}")
            changes.append(step)
        elif isinstance(step, Listing):
            lines += step.texts
        elif isinstance(step, Content):
            text += (joined(lines), step.content, _END)
            lines.clear()
        elif isinstance(step, (Forget, Delivered, Answered, ForgetAnswer)):
            changes.append(step)
        elif isinstance(step, Abandon):
            # But for what queries are judged by: their commands are in the script already, and answers will come.
            changes[:] = [Remember("device", action.values) for action in actions if isinstance(action, Introduce)]
            actions.clear()
            break
        else:
            actions.append(step)
    # Snippets are bytes of any encoding, so the script never becomes one text.
    text.append(joined(lines))
    return _Result(b"".join(text), changes, actions, facts)


def _keep(installation: Installation, config: Config, call: Call, sn: str, result: _Result) -> None:
    """Carry out what a poll changed; if the disk does not let us, the device gets its script all the same."""
    if result.actions and (certificates := installation.certificate_folder(config)):
        try:
            _keep_certificate_files(certificates, result.actions)
        except OSError as error:
            _LOG.error("certificate files of %s cannot be corrected: %s", sn, files.trouble(error))
    try:
        for action in result.actions:
            if isinstance(action, Prove):
                installation.identities(config).remember(sn, action.identity)
        folder = installation.status_folder(config)
        if folder:
            keeping = Keeping.of(config.status, result.facts.now)
            if installation.states.record(folder, sn, result.changes, keeping, result.facts.was):
                installation.refusals.note("status/@maxsize", call.address, keeping.now)
            expiry.start_if_due(installation.root, folder, keeping.now)
    except OSError as error:
        _LOG.error("what the poll of %s changed cannot be stored: %s", sn, files.trouble(error))


def _keep_certificate_files(folder: Path, actions: Sequence[Action]) -> None:
    for action in actions:
        match action:
            case RemoveCertificateFile(name):
                (folder / name).unlink(missing_ok=True)
            case SaveCertificateFile(name, content):
                replace(folder / name, content, durable=True)
            case KeepAsIssued(signed, issued):
                if (folder / signed).exists():
                    (folder / signed).replace(folder / issued)
