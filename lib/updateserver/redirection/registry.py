"""What a redirection service knows: customers, their projects, and which devices belong to them.

Projects are made by people, so each tells what is wrong with it (`faults`). One that has faults is never used, and its
devices are left as they are until somebody mends it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from updateserver.redirection.builds import is_build, is_older
from updateserver.redirection.trust import Trust, trust_of

_URL = re.compile(r"https?://[!-~]{1,1000}", re.ASCII | re.IGNORECASE)
_ENVIRONMENT = re.compile(r"[^\0- ,&#%\x7f]{1,64}")
_PLAIN = re.compile(r"[^\0-\x1f\x7f]{0,500}")
HERE = "here"  # as a URL: the update server of the same installation
LARGEST_ID = 2**53 - 1  # what JSON carries exactly


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody for whom devices are redirected."""

    id: int
    name: str = ""

    @property
    def faults(self) -> list[str]:
        """Say what is wrong, for people."""
        return [*_id_faults(self.id), *_text_faults("name", self.name)]


@dataclass(frozen=True, slots=True)
class Project:
    """A profile that many devices share: where they are sent, and what they are told."""

    id: int
    customer: Customer
    name: str = ""
    comment: str = ""
    url: str = ""  # of the update server; "" while there is none
    trust: str = ""  # `308205...`, with the properties to report before it: `type,ip:308205...`
    environments: tuple[str, ...] = ()  # appended to the URL as `env=a,b`
    firmware: str = ""  # build that devices must have at least, before they are redirected
    bootcode: str = ""

    @property
    def target(self) -> str:
        """The URL that devices are given, with the environments; "" while there is none."""
        if not self.url or not self.environments:
            return self.url
        environments = ",".join(quote(name, safe="", errors="surrogateescape") for name in self.environments)
        return f"{self.url}{'&' if '?' in self.url else '?'}env={environments}"

    @property
    def parsed_trust(self) -> Trust:
        """What devices are told beside the URL. Raises ValueError where `faults` names the trust value."""
        return trust_of(self.trust)

    @property
    def faults(self) -> list[str]:
        """Say what is wrong, for people."""
        return list(_faults(self))


def _faults(project: Project) -> Iterator[str]:
    yield from _id_faults(project.id)
    for name, text in (("name", project.name), ("comment", project.comment)):
        yield from _text_faults(name, text)
    if project.url not in ("", HERE) and not is_url(project.url):
        yield f"url {project.url!r:.200} is no address such as https://update.example.com/mtls/update/update.php"
    try:
        trust_of(project.trust)
    except ValueError as error:
        yield str(error)
    yield from _environment_faults(project.environments)
    for name, build in (("firmware", project.firmware), ("bootcode", project.bootcode)):
        if build and not is_build(build):
            yield f"{name} {build!r:.100} is no build such as 130986 or 13A127"


def _environment_faults(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if not _ENVIRONMENT.fullmatch(name):
            yield f"env {name!r:.100} is no environment: blanks and , & # % are not allowed"


def is_url(text: str) -> bool:
    """Tell whether a text is an address of a web server that can stand in a script."""
    if not _URL.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False


def _id_faults(number: int) -> Iterator[str]:
    if not 0 < number <= LARGEST_ID:
        yield f"id {number} is not between 1 and {LARGEST_ID}"


def _text_faults(name: str, text: str) -> Iterator[str]:
    if not _PLAIN.fullmatch(text):
        yield f"{name} {text!r:.100} is longer than 500 characters or holds line breaks or other control characters"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A way from older builds to a newer one; several of them make a chain."""

    kind: str  # firmware or bootcode
    to: str  # build that is loaded
    url: str  # from where; the device adds its file's name to one that ends with a slash
    since: str = ""  # oldest build that can go this way; "": any
    types: tuple[str, ...] = ()  # device types that can; none: all

    def serves(self, kind: str, device_type: str, build: str) -> bool:
        """Tell whether a device of this type can go this way from its build."""
        types = [name.lower() for name in self.types]
        if kind != self.kind or (types and device_type.lower() not in types):
            return False
        return is_older(build, self.to) and not (self.since and is_older(build, self.since))


@dataclass(frozen=True, slots=True)
class RedirectionSettings:
    """How the service behaves, for all its devices."""

    firmware: str = ""  # build that each device must have at least
    bootcode: str = ""
    grace: int = 3600  # seconds that an unknown device continues to ask
    unknown: int = 1000  # different unknown serial numbers an hour from one address; 0: any number
    here: str = ""  # URL of the update server of the same installation; "": beside the called one
    remember: int = 30  # days that calls of devices are remembered; 0: not at all
    upgrades: tuple[Upgrade, ...] = ()
    cannot_load: Mapping[str, Collection[str]] = field(default_factory=dict)  # device types by kind, in lower case


class Assignment(NamedTuple):
    """One device in one project."""

    mac: str  # canonical
    project: int
    environments: tuple[str, ...] = ()  # of its own, in place of the project's
    name: str = ""  # for people

    @property
    def faults(self) -> list[str]:
        """Say what is wrong, for people."""
        return [*_environment_faults(self.environments), *_text_faults("name", self.name)]


@dataclass(slots=True)
class Assigned:
    """What became of devices that were to be assigned."""

    new: int = 0
    unchanged: int = 0
    moved: int = 0  # from another project
    changed: int = 0  # in the same project, with another name or other environments
    refused: list[str] = field(default_factory=list)  # they belong to another customer


class Registry(Protocol):
    """Customers, projects and devices, wherever they are kept.

    What changes them is whole or not there, whatever is killed when, and raises OSError if it cannot be stored.
    """

    def places(self, mac: str) -> Sequence[Project]:
        """Return the projects that a device belongs to, each with the device's own environments if it has any."""

    def customers(self) -> Sequence[Customer]:
        """Return all customers, by id."""

    def projects(self) -> Sequence[Project]:
        """Return all projects, by id."""

    def count(self, project: int | None = None) -> int:
        """Return how many devices a project has, or all together: one that is in two counts twice."""

    def entries(self, project: int | None = None, since: str = "") -> Iterator[Assignment]:
        """Return the devices, of a project or all, by serial number; from that of `since` on."""

    def entry(self, mac: str) -> Assignment | None:
        """Return the first entry of a device, None where there is none."""

    def put_customer(self, customer: Customer) -> None:
        """Add a customer, or change the one of this id."""

    def put_project(self, project: Project) -> None:
        """Add a project, or change the one of this id; its customer is added as well."""

    def drop_project(self, project: int) -> bool:
        """Remove a project and all that it says of devices; return whether there was one."""

    def assign(self, devices: Iterable[Assignment], *, take_over: bool = False) -> Assigned:
        """Have each device in this project and in no other one of its customer.

        What belongs to another customer is refused, unless it is to be taken over. A device that is in the project
        already keeps its name and environments where the entry has none. Raises KeyError for a project that there is
        not.
        """

    def release(self, macs: Iterable[str], project: int | None = None) -> int:
        """Have devices in no project, or no longer in this one; return how many were."""
