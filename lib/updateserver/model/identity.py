"""Who a device has proved to be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """A verified certificate that a device has shown (docs/differences.md, 22)."""

    cn: str
    issuer: str
    since: int  # Unix seconds of the first time
    is_factory: bool  # issued by the maker of the device
