"""The configuration of a site, as typed and frozen values.

Each class is one tag of `config.xml`/`user-config.xml`, each field one attribute by the attribute's own name (a
dash becomes an underscore). A `Config` that exists is usable: whatever could make it unusable was reported when it was
built (`configuration/typed.py`). Nothing here reads files.

Text that goes into a script word for word (`times/@allow`, `@interval`, ...) stays text, as the reference system
sends it whatever it says; `None` stands for "not set".
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Applies:
    """One `<applies>`: a class, an environment (`env`), or `*` for all."""

    name: str
    env: bool = False


@dataclass(frozen=True, slots=True)
class Master:
    """`<master>`: the reference device, and which firmware and boot code are wanted."""

    info: str  # URL; "" firmware and boot code are left alone, "none" the reference device is not asked
    expire: int  # seconds that the reference device's answer is current
    cache: str  # file, below the root
    user: str
    password: str
    firmware: str  # "master", "none", or a build
    bootcode: str  # "master", "firmware", "none", or a build
    applies: tuple[Applies, ...] = ()


@dataclass(frozen=True, slots=True)
class FwStorage:
    """`<fwstorage>`: where devices load firmware from."""

    url: str


@dataclass(frozen=True, slots=True)
class Backup:
    """`<backup>`: where and how many backups are kept; "" as `dir` means none."""

    dir: str
    nbackups: int
    scfg: str
    minage: int  # days; younger backups are never removed
    maxsize: int  # bytes; larger uploads are refused (ours)
    perhour: int  # different ones of a device that are stored in an hour (ours)
    maxtotal: int = 0  # bytes of all backups, above which those of new devices are refused; 0 no limit (ours)


@dataclass(frozen=True, slots=True)
class Status:
    """`<status>`: what is kept about each device; "" as `dir` means nothing."""

    dir: str
    expire: int  # seconds; 0 never
    missing: int  # seconds
    refresh: int  # seconds; 0 never
    logkeep: int  # seconds
    usehttpsdevlinks: bool
    maxsize: int  # bytes of a device's state (ours)
    newperhour: int = 0  # new devices of one address; 0 no limit (ours)
    maxtotal: int = 0  # bytes of all states, above which none is begun; 0 no limit (ours)
    minfree: int = 0  # bytes; with less left on a disk nothing new is begun (ours)
    accept: tuple[str, ...] = ()  # serial numbers, patterns and files; none: all are accepted (ours)
    approve: bool = False  # new devices wait for an admin (ours)

    @property
    def is_restricted(self) -> bool:
        """Whether some devices are not served."""
        return self.approve or bool(self.accept)


@dataclass(frozen=True, slots=True)
class Times:
    """`<times>`: how scripts are delivered."""

    dir: str
    allow: str | None
    initial: str | None
    check: bool
    polling: str | int  # seconds, as text; the number 0 where it is not set: to PHP's == they differ
    interval: str | None  # minutes, as text
    grace: int  # seconds
    forcehttps: bool
    httpsport: str | None
    httpsurlmod: str  # in the bytes of Latin-1, see `base/text.py`
    forcetrust: bool  # only meaningful with forcehttps, see `trust_needed`
    forcestaging: bool
    proxies: tuple[str, ...] = ()  # addresses or networks whose X-Forwarded-For is believed; none named: all (ours)
    innerport: str | None = None  # the port that `httpsport` arrives at behind a NAT router (ours)

    @property
    def trust_needed(self) -> bool:
        """Whether snippets go to devices with a verified certificate only."""
        return self.forcehttps and self.forcetrust


FIRST_PASS = "_first_"  # noqa: S105 -- begins the name of a phase, no password


@dataclass(frozen=True, slots=True)
class Phase:
    """`<phase>`; the hidden first pass of the last phase uses that phase's snippet files."""

    id: str
    snippets: str  # phase part of its snippets' file names


@dataclass(frozen=True, slots=True)
class Environment:
    """`<environment>` and the environments that it implies directly."""

    id: str
    implies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceClass:
    """`<class>`: a name for several device types (`models`, in lower case)."""

    id: str
    models: frozenset[str]


@dataclass(frozen=True, slots=True)
class FileNames:
    """`<filenames>/<model>`: other names for the firmware and boot code file of a type; None where not given."""

    prot: str | None = None
    boot: str | None = None


@dataclass(frozen=True, slots=True)
class CustomCerts:
    """`<customcerts>`: certificates of the site's own CA."""

    dir: str
    CAkeys: str  # file name pattern in `dir`
    CAtype: str
    CAname: tuple[str, ...]  # split at @CAnamesep, trimmed
    CAname_text: str  # as written, for messages
    CAnamesep: str
    CAwildcard: str
    renew: int  # days before the end; 0 never
    csr: Mapping[str, str]  # "key", "signature", "dn-cn", ..., "san-ip-2": the CSR attributes without their CSR
    CAdays: int  # days that certificates of our own CA are good (ours)
    CAsubject: str  # what client certificates must hold; "" nothing (ours)
    auto_sign_off: bool  # requests are signed by policy (its meaning is ours)
    network: tuple[str, ...]  # addresses or networks, for the policy
    netmask: str
    knowndays: int  # for the policy (ours)
    serverauth: bool  # certificates of our own CA are good for the devices' own pages, too (ours)

    @property
    def is_local(self) -> bool:
        """Whether our own CA signs."""
        return self.CAtype == "local"


@dataclass(frozen=True, slots=True)
class Show:
    """`<show>`: a column of the device overview."""

    title: str
    xpath: str


@dataclass(frozen=True, slots=True)
class Query:
    """`<query>`: something that devices tell about themselves."""

    id: str
    title: str
    cmd: str | None
    applies: tuple[Applies, ...]
    shows: tuple[Show, ...] = ()


@dataclass(frozen=True, slots=True)
class Queries:
    """`<queries>`."""

    scfg: str
    queries: tuple[Query, ...]
    maxsize: int  # bytes of an answer; larger ones are refused (ours)


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration, defaults merged with the site's own."""

    master: Master
    fwstorage: FwStorage
    backup: Backup
    status: Status
    times: Times
    phases: tuple[Phase, ...]  # in order, at least one, hidden first pass included
    environments: Mapping[str, Environment]  # by id, in order, at least one
    classes: tuple[DeviceClass, ...]
    nobootdev: tuple[str, ...]  # as written; compare in lower case
    nofirmdev: tuple[str, ...]
    filenames: Mapping[str, FileNames]  # by type in lower case
    stdargs: Mapping[str, str | None]  # argument: text that stands for it in the update URL; None: left out
    customcerts: CustomCerts
    queries: Queries
    debugmerge: bool = False
    debugcerts: bool = False
    debugscript: bool = False
