"""An installation with admin's pages and a login, behind the embedded server."""

import shutil

import pytest

from tests.admin.visitor import PASSWORD, USER, Visitor
from tests.site import PROJECT, Site, served, site

__all__ = ["served", "site"]

MASTER = f'<master info="" user="{USER}" password="{PASSWORD}"/>'
CONFIGURATION = (
    '<status dir="status"/><backup dir="backup"/>'
    '<customcerts dir="certs" CAname="My CA" CSRdn-cn="{hwid}"/>'
    '<queries><query id="admin" title="Admin"><applies>*</applies>'
    '<show title="Called">/state/queries/admin/info/@name</show></query>'
    '<query id="certificates"><applies>*</applies></query></queries>'
)


def equip(site: Site) -> None:
    """Add the admin's pages to an installation."""
    (site.root / "admin").mkdir()
    shutil.copy(PROJECT / "admin" / "admin.py", site.root / "admin")
    (site.root / "web").symlink_to(PROJECT / "web")
    site.configure(MASTER + CONFIGURATION)


@pytest.fixture(autouse=True)
def _equipped(request: pytest.FixtureRequest) -> None:
    if "site" in request.fixturenames:
        equip(request.getfixturevalue("site"))


@pytest.fixture
def stranger(served: Site) -> Visitor:
    """Somebody who did not log in."""
    return Visitor(served)


@pytest.fixture
def admin(served: Site) -> Visitor:
    """Somebody who did."""
    visitor = Visitor(served)
    visitor.log_in()
    return visitor
