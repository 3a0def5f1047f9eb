"""All devices of a site begin at the same moment, as after a power cut, and settle without an error.

For more devices than here: bench/web_servers.py.
"""

from tests.servers.conftest import Served
from tests.servers.fleets import arrange, assert_nothing_torn, assert_settled, fleet
from updateserver.virtual.factory import DeviceAuthority
from updateserver.virtual.fleet import run_fleet

COUNT = 24


def test_fleet_comes_to_rest(fresh: Served) -> None:
    arrange(fresh)
    report = run_fleet(fleet(fresh, COUNT), at_once=COUNT)
    assert not report.errors
    assert_settled(fresh, report)
    assert_nothing_torn(fresh)


def test_fleet_that_must_show_certificates_comes_to_rest(fresh: Served, factory: DeviceAuthority) -> None:
    arrange(fresh, trusted=True)
    report = run_fleet(fleet(fresh, COUNT, factory), at_once=COUNT)
    assert not report.errors
    assert_settled(fresh, report)
    assert all(one.device.url.startswith(fresh.web.mtls_url) for one in report.outcomes)
