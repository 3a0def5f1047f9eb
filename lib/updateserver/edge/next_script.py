"""What a device would get if it polled now; nothing is touched."""

from updateserver.edge.site import Site
from updateserver.model.configuration import Config


def next_script(site: Site, config: Config, sn: str, url: str) -> bytes | None:
    """Return the script of a device's next poll, None if nothing is known of it; `url` is what it calls."""
    raise NotImplementedError
