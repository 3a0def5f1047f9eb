"""Projects and devices as JSON has them, and projects as JSON says them."""

from collections.abc import Mapping
from dataclasses import replace

from updateserver.redirection.registry import Assignment, Customer, Project
from updateserver.redirection.table import environments_in

_TEXTS = ("name", "comment", "url", "trust", "firmware", "bootcode")


def plain_project(project: Project) -> dict[str, object]:
    """Return a project as JSON has it."""
    return {
        "id": project.id,
        "name": project.name,
        "comment": project.comment,
        "customer": {"id": project.customer.id, "name": project.customer.name},
        "url": project.url,
        "trust": project.trust,
        "env": list(project.environments),
        "firmware": project.firmware,
        "bootcode": project.bootcode,
        "faults": project.faults,
    }


def plain_entry(entry: Assignment) -> dict[str, object]:
    """Return a device as JSON has it."""
    return {"sn": entry.mac, "project": entry.project, "env": list(entry.environments), "name": entry.name}


def changed(project: Project, said: Mapping[str, object]) -> Project:
    """Return a project with what JSON or a form says of it. Raises ValueError, which tells what is wrong."""
    texts = {name: text_of(said, name) for name in _TEXTS if name in said}
    environments = environments_of(said, "env") if "env" in said else project.environments
    fresh = replace(project, environments=environments, **texts)  # type: ignore[arg-type]
    for fault in fresh.faults:
        raise ValueError(fault)
    return fresh


def next_project(known: Mapping[int, Project], customer: Customer) -> Project:
    """Return a new project of the first number that is free behind all others."""
    return Project(max(known, default=0) + 1, customer)


def text_of(said: Mapping[str, object], name: str) -> str:
    """Return a text that was said, "" where there is none. Raises ValueError."""
    found = said.get(name, "")
    if not isinstance(found, str):
        raise ValueError(f"{name} is no text")  # noqa: TRY004 - it is what somebody said
    return found.strip()


def environments_of(said: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Return environments that were said: a list, or a text separated by commas. Raises ValueError."""
    found = said.get(name, ())
    if isinstance(found, str):
        return environments_in(found)
    if not isinstance(found, (list, tuple)) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"{name} is no list of environments")
    return tuple(found)
