"""The merged configuration as typed values.

What is odd is read as the reference system reads it; what is wrong with it is told by `configuration/check.py` and
`findings/advice.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from updateserver.base.text import lower
from updateserver.configuration.config import (
    FIRST_PASS,
    Applies,
    Backup,
    Config,
    CustomCerts,
    DeviceClass,
    Environment,
    FileNames,
    FwStorage,
    Master,
    Phase,
    Queries,
    Query,
    Show,
    Status,
    Times,
)
from updateserver.configuration.source import Node
from updateserver.configuration.values import (
    begins_with_number,
    leading_number,
    number,
    set_or_none,
    switched_on,
    trimmed,
)

DEFAULT_CACHE = "cache/master-info.xml"
DEFAULT_GRACE = "900"
DEFAULT_NBACKUPS = 10
DEFAULT_MAXSIZE = 16 * 1024 * 1024
DEFAULT_PERHOUR = 20
DEFAULT_STATE = 2 * 1024 * 1024
SMALLEST_STATE = 64 * 1024  # below, answers that the server needs would not fit
DEFAULT_ANSWER = 256 * 1024
DEFAULT_CADAYS = 730


def typed(merged: Node, own: Node) -> Config:
    """Return the configuration; `own` is what the site wrote itself.

    It is usable only if there are no fatal findings (`configuration/check.py`).
    """
    return Config(
        master=_master(merged.one("master")),
        fwstorage=FwStorage(merged.one("fwstorage").get("url")),
        backup=_backup(merged.one("backup")),
        status=_status(merged.one("status")),
        times=_times(merged.one("times")),
        phases=_phases(merged, own),
        environments=_environments(merged.one("environments")),
        classes=tuple(_device_class(node) for node in merged.one("classes").all("class")),
        nobootdev=_models(merged.one("nobootdev")),
        nofirmdev=_models(merged.one("nofirmdev")),
        filenames=_file_names(merged.one("filenames")),
        stdargs=_stdargs(merged.one("stdargs")),
        customcerts=_customcerts(merged.one("customcerts")),
        queries=_queries(merged.one("queries")),
        debugmerge=switched_on(merged, "debugmerge"),
        debugcerts=switched_on(merged, "debugcerts"),
        debugscript=switched_on(merged, "debugscript"),
    )


def _master(node: Node) -> Master:
    return Master(
        info=node.get("info"),
        expire=number(node, "expire"),
        cache=node.get("cache") or DEFAULT_CACHE,
        user=node.get("user"),
        password=node.get("password"),
        firmware=_wanted_build(node.get("firmware")),
        bootcode=_wanted_build(node.get("bootcode")),
        applies=_applies(node),
    )


def _applies(node: Node) -> tuple[Applies, ...]:
    return tuple(Applies(trimmed(child.text), "env" in child.attributes) for child in node.all("applies"))


def _backup(node: Node) -> Backup:
    nbackups = _nbackups(node)
    return Backup(
        dir=node.get("dir"),
        nbackups=nbackups,
        scfg=set_or_none(node, "scfg") or "",
        minage=number(node, "minage"),
        maxsize=_positive(node, "maxsize", DEFAULT_MAXSIZE),
        perhour=_positive(node, "perhour", max(DEFAULT_PERHOUR, nbackups)),
        maxtotal=number(node, "maxtotal"),
    )


def _positive(node: Node, attribute: str, default: int) -> int:
    """Return a limit's number; nothing, 0 and what is no number mean the default."""
    found = number(node, attribute)
    return found if found > 0 else default


def _nbackups(node: Node) -> int:
    """Return how many backups are kept: a word instead of a number means the default, nothing means none."""
    text = node.get("nbackups")
    return leading_number(text) if not trimmed(text) or begins_with_number(text) else DEFAULT_NBACKUPS


def _wanted_build(text: str) -> str:
    """Return which build is wanted; "" and "0" are no build, so the reference device's."""
    return "master" if text in ("", "0") else text


def _interval(text: str) -> str | None:
    """Return the minutes between polls as the whole number that the text begins with, None where it is no number."""
    return str(leading_number(text)) if begins_with_number(text) else None


def _status(node: Node) -> Status:
    return Status(
        dir=node.get("dir"),
        expire=number(node, "expire"),
        missing=number(node, "missing"),
        refresh=number(node, "refresh"),
        logkeep=number(node, "logkeep"),
        usehttpsdevlinks=switched_on(node, "usehttpsdevlinks"),
        newperhour=number(node, "newperhour"),
        maxtotal=number(node, "maxtotal"),
        minfree=number(node, "minfree"),
        accept=listed(node.get("accept"), ","),
        approve=switched_on(node, "approve"),
        maxsize=max(SMALLEST_STATE, _positive(node, "maxsize", DEFAULT_STATE)),
    )


def _times(node: Node) -> Times:
    return Times(
        dir=node.get("dir") or "scripts",
        allow=set_or_none(node, "allow"),
        initial=set_or_none(node, "initial"),
        check=switched_on(node, "check"),
        # Text where it is set, the number 0 where not: PHP's == treats them differently (docs/behaviour.md: Rewriting
        # the URL).
        polling=set_or_none(node, "polling") or 0,
        interval=_interval(node.get("interval")),
        # Missing means 900, but an empty one 0, as with the reference.
        grace=leading_number(node.get("grace", DEFAULT_GRACE)),
        forcehttps=switched_on(node, "forcehttps"),
        # PHP takes "0" for empty.
        httpsport=None if node.get("httpsport") == "0" else set_or_none(node, "httpsport"),
        httpsurlmod=node.get("httpsurlmod"),
        forcetrust=switched_on(node, "forcetrust"),
        forcestaging=switched_on(node, "forcestaging"),
        proxies=listed(node.get("proxies"), ","),
        innerport=set_or_none(node, "innerport"),
    )


def listed(text: str, separator: str) -> tuple[str, ...]:
    """Return the parts of a list, trimmed, without empty ones; the whole text where there is no separator."""
    parts = text.split(separator) if separator else [text]
    return tuple(part for part in map(trimmed, parts) if part)


def _phases(merged: Node, own: Node) -> tuple[Phase, ...]:
    """Return the phases; the hidden first pass stands before the last one, and only if the site itself asked for it."""
    phases = [Phase(node.get("id"), node.get("id")) for node in merged.one("phases").all("phase")]
    # The defaults' own forcestaging does not count here, the site's does (reference).
    if phases and set_or_none(merged.one("times"), "allow") and switched_on(own.one("times"), "forcestaging"):
        last = phases[-1].id
        phases.insert(-1, Phase(FIRST_PASS + last, last))
    return tuple(phases)


def _environments(node: Node) -> Mapping[str, Environment]:
    environments: dict[str, Environment] = {}
    for child in node.all("environment"):
        implies = tuple(trimmed(implied.text) for implied in child.all("implies"))
        # Of two with one id the first counts.
        environments.setdefault(child.get("id"), Environment(child.get("id"), implies))
    return MappingProxyType(environments)


def _models(node: Node) -> tuple[str, ...]:
    return tuple(child.text for child in node.all("model"))


def _device_class(node: Node) -> DeviceClass:
    # Models are compared in any case, but not trimmed (reference).
    return DeviceClass(node.get("id"), frozenset(map(lower, _models(node))))


def _file_names(node: Node) -> Mapping[str, FileNames]:
    names = {
        child.get("id"): FileNames(child.attributes.get("prot"), child.attributes.get("boot"))
        for child in node.all("model")
    }
    return MappingProxyType(names)


def _stdargs(node: Node) -> Mapping[str, str | None]:
    values: dict[str, str | None] = {}
    for child in node.all("stdarg"):
        # Of two with one key the first counts, as the reference looks them up.
        values.setdefault(child.get("key"), child.attributes.get("value"))
    return MappingProxyType(values)


def _customcerts(node: Node) -> CustomCerts:
    separator = node.get("CAnamesep")
    requested = {name.removeprefix("CSR"): text for name, text in node.attributes.items() if name.startswith("CSR")}
    return CustomCerts(
        dir=node.get("dir"),
        CAkeys=node.get("CAkeys"),
        CAtype=node.get("CAtype"),
        CAname=listed(node.get("CAname"), separator),
        CAname_text=node.get("CAname"),
        CAnamesep=separator,
        CAwildcard=node.get("CAwildcard"),
        renew=number(node, "renew"),
        csr=MappingProxyType(requested),
        CAdays=_positive(node, "CAdays", DEFAULT_CADAYS),
        CAsubject=node.get("CAsubject"),
        auto_sign_off=switched_on(node, "auto-sign-off"),
        network=listed(node.get("network"), ","),
        netmask=trimmed(node.get("netmask")),
        knowndays=number(node, "knowndays"),
        serverauth=switched_on(node, "serverauth"),
    )


def _queries(node: Node) -> Queries:
    queries = tuple(_query(child) for child in node.all("query"))
    return Queries(node.get("scfg"), queries, _positive(node, "maxsize", DEFAULT_ANSWER))


def _query(node: Node) -> Query:
    return Query(
        id=node.get("id"),
        title=node.get("title"),
        cmd=trimmed(node.one("cmd").text) if node.has("cmd") else None,
        applies=_applies(node),
        shows=tuple(Show(child.get("title"), trimmed(child.text)) for child in node.all("show")),
    )
