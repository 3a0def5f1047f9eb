"""The installations that these tests call."""

from tests.site import served, site

__all__ = ["served", "site"]
