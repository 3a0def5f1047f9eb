"""What becomes of a device that asks, and the script that tells it so.

The scripts are those that devices know from the vendor's service, line by line. A device is only ever turned away for
what it is; where our own data is at fault it is left as it is, to ask again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from updateserver.base.text import encoded
from updateserver.redirection.asking import IDENTIFICATION, Asking
from updateserver.redirection.registry import Project, RedirectionSettings
from updateserver.redirection.reports import reports, written
from updateserver.redirection.requirements import Requirement, unmet

_SLACK = 300  # seconds that another server's clock, which wrote the time into the URL, may be ahead
_COMMANDS = {"firmware": "prot", "bootcode": "boot"}


class Outcome(Enum):
    """What becomes of a device; the value says it in one or two words."""

    REWRITTEN = "no device info"
    INCOMPLETE = "mac not given"
    GRACE = "grace period"
    UNKNOWN = "unknown"
    AMBIGUOUS = "more than one project"
    NOTHING = "nothing to redirect"
    TOO_OLD = "too old"
    UPGRADE = "needs upgrade"
    REDIRECTED = "redirected"
    UNUSABLE = "project cannot be used"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, the message that names it, and the script's lines without their ends."""

    outcome: Outcome
    message: str
    lines: tuple[str, ...] = ()
    project: Project | None = None


def verdict(
    asking: Asking, places: Sequence[Project], settings: RedirectionSettings, called: str, now: datetime
) -> Verdict:
    """Judge a call: `places` are the projects of the device, `called` is the URL that it called, without arguments."""
    # All devices call http://config.innovaphone.com/init at first, without a word about themselves.
    if not asking.is_identified:
        url = f"{called}?{IDENTIFICATION}"
        return _verdict(Outcome.REWRITTEN, f"no device info present - rewriting poll url to {url}", _rewriting(url))
    if not asking.mac:
        return _turned_off(Outcome.INCOMPLETE, "mac not given")
    if not places:
        return _unknown(asking, settings, called, int(now.timestamp()))
    # A project without a URL is one that is not ready; it must not stand in another one's way.
    targets = [project for project in places if project.url]
    if not targets:
        return _turned_off(Outcome.NOTHING, f"nothing to redirect for {asking.mac}", places[0])
    if len(targets) > 1:
        return _turned_off(Outcome.AMBIGUOUS, "mac in more than one project with configured update URL", targets[0])
    return _redirected(asking, targets[0], settings, now)


def _unknown(asking: Asking, settings: RedirectionSettings, called: str, now: int) -> Verdict:
    """Have an unknown device go on asking for a while: somebody may be about to enter its serial number."""
    message, first = f"unknown mac {asking.mac}", asking.first_call
    # The time travels in the URL that the device calls, so nothing is kept of unknown devices here.
    if first is None or first > now + _SLACK:
        return _verdict(Outcome.GRACE, message, _rewriting(f"{called}?{IDENTIFICATION}&nostdprv={now}"))
    if now - first < settings.grace:
        # nothing is new, and to write the same URL again and again would wear out the device's flash
        return _verdict(Outcome.GRACE, message)
    return _turned_off(Outcome.UNKNOWN, message)


def _redirected(asking: Asking, project: Project, settings: RedirectionSettings, now: datetime) -> Verdict:
    if project.faults:
        return Verdict(Outcome.UNUSABLE, f"project {project.id} cannot be used: {project.faults[0]}", (), project)
    if requirement := unmet(asking, project, settings):
        return _older(requirement, project)
    lines = _redirecting(asking, project, now)
    return _verdict(Outcome.REDIRECTED, f"redirected to {project.target}", lines, project, before=("# redirect",))


def _older(requirement: Requirement, project: Project) -> Verdict:
    what, upgrade = f"{requirement.name} {requirement.build}", requirement.upgrade
    if not upgrade:
        message = f"{what} too old - must be at least {requirement.wanted}"
        return _turned_off(Outcome.TOO_OLD, message, project)
    message = f"{what} needs upgrade - upgrading to {upgrade.to} from {upgrade.url}"
    # The serial is the build: a device that has loaded it skips the line.
    load = f"mod cmd UP0 {_COMMANDS[upgrade.kind]} {upgrade.url} ser {upgrade.to}"
    return _verdict(Outcome.UPGRADE, message, (load, "iresetn"), project)


def _redirecting(asking: Asking, project: Project, now: datetime) -> Iterator[str]:
    # Shown on the device as CFG, so that an admin there sees what happened.
    yield f"vars create UPDATE/CFG p {written(f'redirected to {project.target}')}"
    if certificate := project.parsed_trust.certificate:
        yield "# trust"
        # Number 99, as the vendor's service writes it.
        yield f"vars create X509/TRUSTED/00099 pb {certificate}"
    yield from reports(asking, project, now)
    yield from _rewriting(project.target)


def _rewriting(url: str) -> Iterator[str]:
    yield f"config change UP1 /provision 5 /trace /no-dhcp /url {encoded(url)}"
    yield from _activating()


def _turning_off() -> Iterator[str]:
    # So the device stops calling, as the vendor's service has it since July 2018, until it is reset to factory
    # settings.
    for option in ("/provision", "/poll", "/url", "/no-dhcp", "/trace"):
        yield f"config rem UP1 {option}"
    yield from _activating()


def _activating() -> Iterator[str]:
    yield "# activate changes"
    yield "config write"
    yield "config activate"


def _turned_off(outcome: Outcome, message: str, project: Project | None = None) -> Verdict:
    return _verdict(outcome, message, _turning_off(), project)


def _verdict(
    outcome: Outcome,
    message: str,
    lines: Iterator[str] | tuple[str, ...] = (),
    project: Project | None = None,
    before: tuple[str, ...] = (),
) -> Verdict:
    head = ("# innovaphone std device redirector", *before, f"# {message}")
    return Verdict(outcome, message, (*head, *lines), project)
