"""The JSON API, mounted below admin/api/."""

from collections.abc import Callable, Iterable
from typing import Any

from updateserver.edge.site import Site


class ApiApplication:
    """Serves PATH_INFO below admin/api/; callers bring a token."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
    ) -> Iterable[bytes]:
        """Answer one call."""
        raise NotImplementedError
