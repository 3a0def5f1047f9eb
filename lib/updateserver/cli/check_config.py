"""`updateserver check-config`: all that is wrong with the configuration, before devices notice it."""

import json
import math
import os
import sys
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from pathlib import Path

import click

from updateserver.cli.options import plain_root_option
from updateserver.configuration.io.owner import User, become, owner_of, user_named
from updateserver.configuration.source import Finding
from updateserver.findings.io.access import access_findings, not_inspected
from updateserver.findings.io.all import Inspection, examined


@click.command("check-config")
@plain_root_option
@click.option(
    "--user",
    metavar="NAME",
    help="Look as this user, whose the server's processes are; only root can (default: who owns status/).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array for programs.")
def check_config(root: Path, user: str | None, *, as_json: bool) -> None:
    r"""Check the configuration and list all problems at once; nothing is changed.

    Also reported is what the server's user may not read or write, with the command that fixes it.

    Read are config.xml and config/user-config.xml (or config/user-config-dvl.xml, where it exists). Each problem is a
    line

    \b
        FILE:LINE: ELEMENT: FOUND -> WHAT WOULD BE RIGHT

    in three groups: problems for which no device is served, errors that should be fixed though the server runs,
    and warnings of what is probably not meant. x/@y is the attribute y of the tag x. docs/configuration.md says what
    each of them means.

    The exit code is 1 if there is any error, else 0, warnings or not: use it before you reload a changed
    configuration.

    \b
    Examples:
        updateserver check-config
        updateserver check-config --root /var/www/innovaphone/mtls/update
        updateserver check-config --json | jq '.[] | select(.severity == "error")'
    """
    findings = examined(root, _as_server(root, user)).findings
    if as_json:
        click.echo(json.dumps([_plain(finding) for finding in findings], indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(_report(findings)))
    sys.exit(1 if any(finding.severity == "error" for finding in findings) else 0)


def _as_server(root: Path, name: str | None) -> Inspection:
    """Go on as the server's user, if this is root; return the look at what that user may read and write."""
    user, own = _user(root, name), os.geteuid()
    if own == 0:
        become(user)
    elif own != user.uid and name:
        raise click.UsageError(f"only root can look as {user.name}: use sudo.")
    return partial(access_findings, seconds=math.inf) if own in (0, user.uid) else not_inspected


def _user(root: Path, name: str | None) -> User:
    if name is None:
        return owner_of(root)
    try:
        return user_named(name)
    except (KeyError, ValueError, OverflowError):
        raise click.BadParameter(f"there is no user {name!r} on this computer.", param_hint="--user") from None


def _report(findings: tuple[Finding, ...]) -> Iterator[str]:
    for title, group in groupby(findings, _title):
        yield f"{title}:"
        yield from (f"  {finding}" for finding in group)
        yield ""
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    if not findings:
        yield "No problems found."
    else:
        yield f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"


def _title(finding: Finding) -> str:
    if finding.fatal:
        return "No device is served until this is fixed"
    return "Errors" if finding.severity == "error" else "Warnings"


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _plain(finding: Finding) -> dict[str, str | int | bool | None]:
    return {
        "severity": finding.severity,
        "fatal": finding.fatal,
        "file": finding.file,
        "line": finding.line,
        "element": finding.element,
        "found": finding.found,
        "message": finding.message,
    }
