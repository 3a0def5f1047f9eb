"""The installation that the phones poll, and the site's CA."""

import pytest

from tests.certificates.kit import LOCAL, MANUAL, configuration, der, init_ca
from tests.site import Site, served, site
from updateserver.virtual.factory import DeviceAuthority

__all__ = ["served", "site"]


@pytest.fixture(scope="session")
def authority() -> DeviceAuthority:
    """The CA of a site with CAtype manual."""
    return DeviceAuthority("My CA", common_name=True)


@pytest.fixture
def manual(served: Site, authority: DeviceAuthority) -> Site:
    """An installation whose admin brings requests to the CA."""
    served.configure(configuration(MANUAL))
    served.put("certs/CAkey-01.cer", der(authority.certificate))
    served.snippet("config add CMD0 /name settled")
    return served


@pytest.fixture
def local(served: Site) -> Site:
    """An installation with a CA of its own."""
    served.configure(configuration(LOCAL))
    init_ca(served)
    served.snippet("config add CMD0 /name settled")
    return served
