"""The admin's pages."""

from updateserver.web.admin.application import AdminApplication

__all__ = ["AdminApplication"]
