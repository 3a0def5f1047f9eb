"""Lists of devices as CSV and JSON."""

from collections.abc import Iterable

from updateserver.model.fleet import DeviceRow


def as_csv(rows: Iterable[DeviceRow]) -> bytes:
    """Return rows as CSV for spreadsheets; no cell can be taken for a formula."""
    raise NotImplementedError


def as_json(rows: Iterable[DeviceRow]) -> bytes:
    """Return rows as a JSON list of objects."""
    raise NotImplementedError
