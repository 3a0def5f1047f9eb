"""Many devices at once."""

from updateserver.virtual.factory import DeviceAuthority
from updateserver.virtual.fleet import make_fleet, run_fleet
from updateserver.virtual.identity import TYPES, identities


def test_identities_differ_in_serial_number_and_type():
    known = list(identities(300))
    assert len({identity.sn for identity in known}) == 300
    assert {identity.type for identity in known} == set(TYPES)
    assert known[255].sn == "00-90-33-40-01-00"


def test_a_fleet_comes_to_rest(server):
    server.sends("mod cmd UP1 check ser abc\nmod cmd UP0 scfg SERVER/backup")
    report = run_fleet(make_fleet(server.url, 20), at_once=8)
    assert report.polls == 40
    assert report.uploads == 20
    assert not report.errors
    assert not report.restless
    assert len({request.arguments["sn"] for request in server.requests if request.method == "GET"}) == 20


def test_a_report_says_which_devices_met_what(server):
    server.sends("mod cmd UP0 prot SERVER/fw/1/ ser 1")
    server.has("/fw/1/ip222.bin")
    report = run_fleet(make_fleet(server.url, 2, ["IP232", "IP222"]), max_polls=3)
    assert [device.identity.type for device in report.restless] == ["IP232"]
    assert len(report.errors) == 3
    assert all(error.startswith("IP232-40-00-01: GET http") for error in report.errors)
    assert report.slowest[0].seconds >= report.slowest[-1].seconds


def test_a_fleet_can_call_from_distinct_addresses(server):
    run_fleet(make_fleet(server.url, 5, distinct_addresses=True))
    assert len({request.peer for request in server.requests}) == 5
    assert all(request.arguments["ip"] == request.peer for request in server.requests)


def test_every_poll_of_a_fleet_is_told(server):
    seen = []
    run_fleet(make_fleet(server.url, 3), seen=lambda device, poll: seen.append((device.identity.sn, poll.status)))
    assert len(seen) == 3


def test_a_fleet_is_born_with_certificates():
    phone, program = make_fleet("", 2, ["IP232", "SWPHONE"], authority=DeviceAuthority())
    assert phone.credential.chain[0].issuer != phone.credential.chain[0].subject
    assert program.credential.chain[0].issuer == program.credential.chain[0].subject
