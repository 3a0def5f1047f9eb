"""The difference of two configuration backups, by module and option."""

from collections.abc import Iterator

from updateserver.model.option_change import OptionChange


def difference(old: bytes, new: bytes) -> Iterator[OptionChange]:
    """Yield what differs between two backups, in the order of the new one."""
    raise NotImplementedError
