"""The installation that the phones poll, and the site's CA."""

from collections.abc import Iterator

import pytest

from tests.certificates.kit import LOCAL, MANUAL, POLICY, configuration, der, init_ca, trusting
from tests.site import Site, served, site
from updateserver.virtual.factory import DeviceAuthority
from updateserver.web.embedded import EmbeddedServer, Listener
from updateserver.web.embedded.client_authorities import ask_for_certificates, authorities_in, usual_files
from updateserver.web.embedded.server_certificate import server_context

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


@pytest.fixture
def mutual(site: Site) -> Iterator[Site]:
    """An installation that gives snippets only to devices that prove who they are, by mutual TLS."""
    site.configure(configuration(LOCAL))
    init_ca(site)
    context = server_context(site.root)
    ask_for_certificates(context, authorities_in(usual_files(site.root)))
    listeners = [Listener("127.0.0.1", 0), Listener("127.0.0.1", 0, context)]
    with EmbeddedServer(site.root, listeners=listeners) as server:
        site.server = server
        site.configure(trusting(site, POLICY))
        site.snippet("config add CMD0 /name settled")
        yield site
