"""How a fleet fared, for a terminal of any width: what was done, how long it took, what went wrong."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs, urlsplit

from rich.console import Console
from rich.table import Table

from updateserver.virtual.device import Device
from updateserver.virtual.fleet import DeviceResult, Report
from updateserver.virtual.network import HttpCall

SHOWN = 20  # errors and restless devices at most
SLOWEST = 5  # kinds of calls
_NARROW = 72  # columns: below that, tables show less
_STEPS = 6  # of the distribution
_PIPED = 160  # columns where nobody looks
_URL = re.compile(r"https?://\S+")
_TELLING = ("mode", "id", "var", "phase")  # arguments of a URL that say what a call was for


def report_console() -> Console:
    """Return a console for tables: as wide as the terminal, wide enough for a file."""
    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=_PIPED)


def tell(report: Report, console: Console) -> None:
    """Print a report."""
    console.print(_summary(report, is_narrow=console.width < _NARROW))
    rested = sorted(outcome.seconds for outcome in report.outcomes if outcome.at_rest)
    if rested:
        _print_apart(console, _distribution(rested))
    _print_apart(console, _slowest(report))
    if report.restless:
        console.print(f"\nnot at rest: {len(report.restless)}")
        console.print(device_table(report.restless[:SHOWN], is_narrow=console.width < _NARROW))
    if report.errors:
        _print_apart(console, _kinds(report.errors))


def _print_apart(console: Console, table: Table) -> None:
    console.print()
    console.print(table)


def device_table(devices: Iterable[Device], *, is_narrow: bool = False) -> Table:
    """Return a table of what each device did."""
    counters = ("polls", "errors") if is_narrow else ("polls", "uploads", "loads", "resets", "errors")
    table = _table("device", "firmware", *([] if is_narrow else ["boot"]))
    for name in counters:
        table.add_column(name, justify="right")
    table.add_column("rest")
    for device in devices:
        builds = [device.firmware] if is_narrow else [device.firmware, device.bootcode]
        counted = [str(device.counters[name]) for name in counters]
        table.add_row(device.identity.hwid, *builds, *counted, "yes" if device.at_rest else "no")
    return table


def shortened(text: str) -> str:
    """Return a text with each URL in it cut to server, path, and the arguments that say what it was for."""
    return _URL.sub(lambda found: _short(found[0]), text)


def kinds(errors: Iterable[str]) -> Counter[str]:
    """Count errors of the same kind: whatever device they happened to."""
    return Counter(shortened(error.partition(": ")[2]) for error in errors)


def _short(url: str) -> str:
    ending = ":" if url.endswith(":") else ""
    parts = urlsplit(url.removesuffix(":"))
    given = parse_qs(parts.query, keep_blank_values=True)
    kept = [f"{name}={given[name][-1]}" for name in _TELLING if name in given]
    return " ".join([f"{parts.scheme}://{parts.netloc}{parts.path}", *kept]) + ending


def _table(*columns: str) -> Table:
    """Return an empty table; these columns are never cut."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def _summary(report: Report, *, is_narrow: bool) -> Table:
    counters = ("polls", "uploads") if is_narrow else ("polls", "uploads", "loads", "resets")
    table = _table("type")
    for name in ("devices", "at rest", *counters, "errors"):
        table.add_column(name, justify="right", no_wrap=True)
    types = dict.fromkeys(outcome.device.identity.type for outcome in report.outcomes)
    for kind in types:
        table.add_row(kind, *_counted([one for one in report.outcomes if one.device.identity.type == kind], counters))
    table.add_row("all", *_counted(report.outcomes, counters), style="bold")
    polls, seconds = report.polls, max(report.seconds, 0.001)
    table.caption = (
        f"{report.seconds:.1f} s, {polls / seconds:.0f} polls and {_calls(report) / seconds:.0f} calls a second"
    )
    table.caption_justify = "left"
    return table


def _calls(report: Report) -> int:
    return report.polls + report.uploads + report.loads


def _counted(outcomes: Sequence[DeviceResult], counters: Sequence[str]) -> list[str]:
    rested = sum(one.at_rest for one in outcomes)
    sums = [sum(getattr(one, name) for one in outcomes) for name in counters]
    return [str(number) for number in (len(outcomes), rested, *sums, sum(len(one.errors) for one in outcomes))]


def _distribution(seconds: list[float]) -> Table:
    """Show how long the devices took to settle; `seconds` is sorted."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False, title="time to rest")
    table.title_justify, table.title_style = "left", "bold"
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True, overflow="crop")
    low, high = seconds[0], seconds[-1]
    step = max((high - low) / _STEPS, 0.05)
    counted = Counter(min(int((one - low) / step), _STEPS - 1) for one in seconds)
    most = max(counted.values())
    for number in range(max(counted) + 1):
        bar = "#" * round(30 * counted[number] / most)
        end = high if number == _STEPS - 1 else low + step * (number + 1)
        table.add_row(f"{low + step * number:.1f} to {end:.1f} s", str(counted[number]), bar)
    slow = seconds[min(int(len(seconds) * 0.9), len(seconds) - 1)]
    table.caption = f"half of them within {statistics.median(seconds):.1f} s, 90 % within {slow:.1f} s"
    table.caption_justify = "left"
    return table


def _slowest(report: Report) -> Table:
    table = _table()
    table.title, table.title_justify, table.title_style = "slowest call of each kind", "left", "bold"
    table.show_header = False
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    calls = sorted((call for one in report.outcomes for call in one.slowest), key=lambda call: -call.seconds)
    slowest: dict[str, HttpCall] = {}
    for call in calls:
        slowest.setdefault(f"{call.method} {_short(call.url)}", call)
    for kind, call in list(slowest.items())[:SLOWEST]:
        table.add_row(f"{call.seconds:.2f} s", kind)
    return table


def _kinds(errors: Sequence[str]) -> Table:
    counted = kinds(errors)
    table = _table()
    table.title, table.title_justify = f"errors: {len(errors)} of {len(counted)} kinds", "left"
    table.title_style = "bold"
    table.show_header = False
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    first: dict[str, str] = {}
    for error in errors:
        device, _, what = error.partition(": ")
        first.setdefault(shortened(what), device)
    for kind, count in counted.most_common(SHOWN):
        table.add_row(f"{count} x", f"{kind}  (first: {first[kind]})")
    if len(counted) > SHOWN:
        table.add_row("", f"... and {len(counted) - SHOWN} kinds more")
    return table
