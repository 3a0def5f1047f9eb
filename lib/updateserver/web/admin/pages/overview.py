"""The device overview: the list, its filter and order, its charts, and what is unfolded."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from werkzeug.wrappers import Response

from updateserver.base.names import is_safe
from updateserver.fleet.io.index import SORTS, Part
from updateserver.fleet.rows import Bucket, DeviceFacts, DeviceRow
from updateserver.web.admin.context import PageContext, download
from updateserver.web.admin.pages.unknown import how_many_wait, limit_notices
from updateserver.web.admin.rendering import link
from updateserver.web.export import as_csv, as_json

LIMITS = (25, 100, 200)
_LIMIT = 100
_MANY_OPEN = 20
_WHOLE_FLEET = 1_000_000
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the list is looked at, as the address says."""

    filter: str = ""
    sort: str = "sn"
    descending: bool = False
    offset: int = 0
    limit: int = _LIMIT
    unfolded: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The address of this view."""
        return link(
            "status",
            filter=self.filter,
            sort="" if self.sort == "sn" else self.sort,
            down=int(self.descending),
            offset=self.offset,
            limit="" if self.limit == _LIMIT else self.limit,
            open=",".join(self.unfolded),
        )

    def sorted_by(self, sort: str) -> str:
        """Return the address of the same, sorted otherwise; what it is sorted by is turned round."""
        return replace(self, sort=sort, descending=self.sort == sort and not self.descending, offset=0).query

    def filtered(self, text: str) -> str:
        """Return the address of the same with another filter."""
        return replace(self, filter=text, offset=0, unfolded=()).query

    def narrowed(self, bucket: Bucket) -> str:
        """Return the address of the devices of one bar; a second click on it shows all again."""
        terms = self.filter.split()
        added = bucket.filter.split()
        others = [term for term in terms if term not in added]
        return self.filtered(" ".join(others if self.has(bucket) else [*terms, *added]))

    def has(self, bucket: Bucket) -> bool:
        """Tell whether the filter asks for this bar."""
        return bool(bucket.filter) and set(bucket.filter.split()) <= set(self.filter.split())

    def toggled(self, sn: str) -> str:
        """Return the address of the same with a device unfolded or folded."""
        others = tuple(one for one in self.unfolded if one != sn)
        return replace(self, unfolded=others if sn in self.unfolded else (*others, sn)).query

    def at(self, offset: int) -> str:
        """Return the address of another part of the list."""
        return replace(self, offset=max(0, offset), unfolded=()).query

    def sized(self, limit: int) -> str:
        """Return the address of the same list with more or fewer rows."""
        return replace(self, limit=limit, offset=0).query


def view_of(context: PageContext) -> View:
    """Return what the address asks for; what it says wrongly is left out."""
    sort = context.argument("sort")
    limit = _number(context.argument("limit"))
    unfolded = dict.fromkeys(one for one in context.argument("open").split(",") if is_safe(one))
    return View(
        filter=" ".join(context.argument("filter").split())[:500],
        sort=sort if sort in SORTS else "sn",
        descending=context.argument("down") == "1",
        offset=_number(context.argument("offset")),
        limit=limit if limit in LIMITS else _LIMIT,
        unfolded=tuple(unfolded)[:_MANY_OPEN],
    )


def overview(context: PageContext) -> Response:
    """Show the list; with `fragment`, only the part of the page that changes."""
    index, config, view = context.resources.index, context.config, view_of(context)
    part = Part(view.filter, view.sort, view.descending, view.offset, view.limit)
    page, charts = index.overview(config, part)
    is_part = bool(context.argument("fragment"))
    return context.page(
        "_fleet.html" if is_part else "overview.html",
        waiting=0 if is_part else how_many_wait(context),
        refusals=[] if is_part else list(limit_notices(context)),
        view=view,
        page=page,
        charts=charts,
        facts=dict(_unfolded(context, view, page.rows)),
        limits=LIMITS,
        columns=_columns(context),
    )


def export(context: PageContext) -> Response:
    """Download all devices that match the filter."""
    view = view_of(context)
    page = context.resources.index.page(
        context.config, view.filter, view.sort, descending=view.descending, limit=_WHOLE_FLEET
    )
    if context.argument("as") == "json":
        return download(as_json(page.rows), "devices.json", "application/json")
    return download(as_csv(page.rows), "devices.csv", "text/csv; charset=utf-8")


def _unfolded(context: PageContext, view: View, rows: tuple[DeviceRow, ...]) -> Iterator[tuple[str, DeviceFacts]]:
    for row in rows:
        if row.sn in view.unfolded and (facts := context.resources.index.facts(context.config, row.sn)):
            yield row.sn, facts


@dataclass(frozen=True, slots=True)
class Columns:
    """Which of the optional columns there are; devices are called by `scheme`."""

    backups: bool
    certificates: bool
    info: bool
    scheme: str

    @property
    def count(self) -> int:
        """Return how many columns there are in all."""
        return 8 + self.backups + self.certificates + self.info


def _columns(context: PageContext) -> Columns:
    config = context.config
    return Columns(
        backups=bool(config.backup.dir),
        certificates=bool(config.customcerts.dir),
        info=any(query.shows for query in config.queries.queries),
        scheme="https" if config.status.usehttpsdevlinks else "http",
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else 0
