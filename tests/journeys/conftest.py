"""The installation that the virtual devices travel through."""

from tests.site import served, site

__all__ = ["served", "site"]
