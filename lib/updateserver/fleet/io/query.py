"""Questions to the index: which devices match a filter, in which order, and how many there are of each kind."""

import sqlite3
from collections.abc import Iterator, Sequence

from updateserver.configuration.config import FIRST_PASS, Config
from updateserver.fleet.filter import BUCKETS, CERTIFICATES, SEEN, FilterWords, InBucket, Term, matches, terms
from updateserver.fleet.row import seen_lately
from updateserver.fleet.rows import Bucket, Charts, Glance

_MOST_BUILDS = 8  # bars of the chart; all others are one
REST = "*"

_IS_MISSING = "seen NOT BETWEEN :missing AND :soon"
_IS_TRUE = {  # as `fleet/row.py` has it
    Glance.MISSING: _IS_MISSING,
    Glance.ERROR: "trouble OR (phase <> '' AND NOT instr(:phases, char(31) || phase || char(31)))",
    Glance.UPDATING: "updating",
    Glance.CERTIFICATE: "waiting",
    Glance.STAGING: "phase <> '' AND phase <> :last",
    Glance.SEEN: "TRUE",
}
_GLANCE = f"CASE {' '.join(f'WHEN {_IS_TRUE[glance]} THEN {str(glance)!r}' for glance in Glance)} END"
_AGE = (
    "CASE WHEN seen > :soon THEN 'older' "
    + " ".join(f"WHEN seen >= :now - {age} THEN '{key}'" for key, age in SEEN.items())
    + " ELSE 'older' END"
)
_END = (
    "CASE WHEN certificate_end IS NULL THEN 'unknown' "
    + " ".join(f"WHEN certificate_end < :now + {left} THEN '{key}'" for key, left in CERTIFICATES.items())
    + " ELSE 'later' END"
)
_CHARTS = {"state": _GLANCE, "seen": _AGE, "certificate": _END}

# all that lists are sorted and counted by
_CHOSEN = "sn, seen, certificate_end, trouble, updating, waiting, backup, firmware, bootcode, phase, type, ip, name"

# {} is where the direction goes; what has no value comes last in both
_ORDERS = {
    "sn": "sn{}",
    "type": "type COLLATE NOCASE{}, sn",
    "name": "name = '', name COLLATE NOCASE{}, sn",
    "ip": "ip = '', ip{}, sn",
    "seen": "seen{}, sn",
    "backup": "backup{}, sn",
    # By number first: 90000 comes before 130986, and 13A127 among the 13s.
    "firmware": "firmware = '', CAST(firmware AS INTEGER){0}, firmware{0}, sn",
    "bootcode": "bootcode = '', CAST(bootcode AS INTEGER){0}, bootcode{0}, sn",
    "certificate": "certificate_end IS NULL, certificate_end{}, sn",
    "phase": "phase = '', phase COLLATE NOCASE{}, sn",
    "state": f"instr('{' '.join(Glance)}', {_GLANCE}){{}}, sn",
}
SORTS = tuple(_ORDERS)


class Selection:
    """The devices that match a filter at one time under one configuration."""

    def __init__(self, connection: sqlite3.Connection, config: Config, text: str, now: int) -> None:
        self._connection = connection
        wanted = terms(text)
        last = config.phases[-1].id
        phases = [*(phase.id for phase in config.phases), FIRST_PASS + last]  # as `phase_of` has it
        missing, soon = seen_lately(config, now)
        self._values: dict[str, str | int] = {
            "now": now,
            "missing": missing,
            "soon": soon,
            "phases": "\x1f".join(["", *phases, ""]),
            "last": last,
        }
        self._source = "device"
        if conditions := " AND ".join(self._conditions(wanted)):  # those that match are found once
            found = _statement(_CHOSEN, f"device WHERE {conditions}")
            self._execute(f"CREATE TEMP TABLE chosen AS {found}")
            self._source = "chosen"

    def count(self) -> int:
        """Return how many devices match."""
        return int(self._connection.execute(_statement("count(*)", self._source)).fetchone()[0])

    def count_all(self) -> int:
        """Return how many devices there are, whether they match or not."""
        return int(self._connection.execute("SELECT count(*) FROM device").fetchone()[0])

    def serials(self, by: str = "sn", *, descending: bool = False, offset: int = 0, limit: int = -1) -> list[str]:
        """Return the serial numbers in an order, one of SORTS; an unknown one counts as the first."""
        # Looked up, never taken from the address: SQLite has no parameters for an order.
        order = _ORDERS.get(by, "sn{}").format(" DESC" if descending else "")
        found = self._select("sn", f"ORDER BY {order} LIMIT {int(limit)} OFFSET {int(offset)}")
        return [row[0] for row in found]

    def charts(self) -> Charts:
        """Return how many devices there are of each kind."""
        seen, certificates, states = map(self._chart, ("seen", "certificate", "state"))
        return Charts(self._builds(), seen, certificates, states)

    def _chart(self, chart: str) -> tuple[Bucket, ...]:
        counts = dict(self._select(f"{_CHARTS[chart]} AS bar, count(*)", "GROUP BY bar"))
        return tuple(Bucket(key, counts.get(key, 0), f"{chart}:{key}") for key in map(str, BUCKETS[chart]))

    def _builds(self) -> tuple[Bucket, ...]:
        counts = self._select("firmware, count(*)", "GROUP BY firmware")
        found = sorted(counts, key=lambda build: (-build[1], build[0]))
        buckets = [Bucket(build, count, build if build.isalnum() else "") for build, count in found[:_MOST_BUILDS]]
        if rest := sum(count for _, count in found[_MOST_BUILDS:]):
            buckets.append(Bucket(REST, rest, ""))
        return tuple(buckets)

    def _select(self, columns: str, rest: str) -> list[tuple[str, int]]:
        return self._execute(_statement(columns, self._source, rest))

    def _execute(self, statement: str) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = self._connection.execute(statement, self._values).fetchall()
        return found

    def _conditions(self, wanted: Sequence[Term]) -> Iterator[str]:
        """Yield conditions, cheap ones first: few texts that hold what a match must hold are left to the patterns."""
        words = [term for term in wanted if isinstance(term, FilterWords)]
        for number, term in enumerate(wanted):
            if isinstance(term, InBucket):
                self._values[f"key{number}"] = term.key
                yield f"({_CHARTS[term.chart]}) = :key{number}"
            elif not (term.present and term.missing):
                self._values[f"literal{number}"] = term.literal
                also = f" OR NOT {_IS_MISSING}" if term.present else f" OR {_IS_MISSING}" if term.missing else ""
                yield f"(instr(texts, :literal{number}){also})"
        if words:
            self._connection.create_function(
                "matches", 2, lambda texts, is_missing: matches(words, texts, is_missing=is_missing), deterministic=True
            )
            yield f"matches(texts, {_IS_MISSING})"


def _statement(columns: str, source: str, rest: str = "") -> str:
    """Return a question made of our own words and parameters; nothing that others wrote is part of it."""
    return f"SELECT {columns} FROM {source} {rest}"  # noqa: S608
