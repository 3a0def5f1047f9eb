"""An installation to poll."""

from tests.site import served, site

__all__ = ["served", "site"]
