"""The fleet in numbers, as Prometheus reads them."""

from collections.abc import Iterable, Iterator, Mapping

from updateserver import __version__
from updateserver.base.counting import Tally
from updateserver.fleet.rows import Bucket, Charts, OverviewPage


def metrics(page: OverviewPage, charts: Charts, refused: Mapping[str, Tally]) -> bytes:
    """Return the metrics in Prometheus' text format."""
    return "".join(f"{line}\n" for line in (*_lines(page, charts), *_refused(refused))).encode()


def _lines(page: OverviewPage, charts: Charts) -> Iterator[str]:
    yield from _gauge("updateserver_info", "Version of the update server.")
    yield f"updateserver_info{_labels('version', __version__)} 1"
    yield from _gauge("updateserver_devices", "Devices that are known.")
    yield f"updateserver_devices {page.total}"
    yield from _gauge("updateserver_states_pending", "Changed states that the list of devices does not show yet.")
    yield f"updateserver_states_pending {page.pending}"
    yield from _counts("updateserver_devices_by_state", "Devices by their state.", "state", charts.states)
    yield from _counts("updateserver_devices_by_age", "Devices by the time of their last call.", "seen", charts.seen)
    yield from _counts("updateserver_devices_by_firmware", "Devices by build.", "build", charts.firmware)
    yield from _counts(
        "updateserver_certificates", "Devices by the end of their certificate.", "ends", charts.certificates
    )


def _refused(refused: Mapping[str, Tally]) -> Iterator[str]:
    yield from _gauge("updateserver_refused", "What limits refused since that was last counted anew, once a day.")
    for limit, tally in sorted(refused.items()):
        yield f"updateserver_refused{_labels('limit', limit)} {tally.total}"


def _counts(name: str, help_: str, label: str, buckets: Iterable[Bucket]) -> Iterator[str]:
    yield from _gauge(name, help_)
    for bucket in buckets:
        yield f"{name}{_labels(label, bucket.key)} {bucket.count}"


def _gauge(name: str, help_: str) -> tuple[str, str]:
    return f"# HELP {name} {help_}", f"# TYPE {name} gauge"


def _labels(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{{{name}="{escaped}"}}'
