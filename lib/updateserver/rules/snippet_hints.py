"""Plain-language hints for lines of a snippet that are risky."""

from collections.abc import Iterator

from updateserver.model.configuration import Times
from updateserver.model.snippet_use import Hint


def hints(content: bytes, times: Times) -> Iterator[Hint]:
    """Yield a hint for each risky line of a snippet."""
    raise NotImplementedError
