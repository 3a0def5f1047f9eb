"""When a device is at rest."""

from updateserver.virtual.device import Device


def test_a_device_rests_when_a_poll_changes_nothing(server, phone):
    server.sends("config add CMD0 /name a\nconfig write\nconfig activate\niresetn")
    assert len(phone.run_until_rest()) == 2
    assert phone.at_rest


def test_a_device_rests_when_its_check_is_stored(server, phone):
    server.sends("mod cmd UP1 check ser abc\nvars create A p 1\niresetn")
    polls = phone.run_until_rest()
    assert [poll.stopped for poll in polls] == ["", "check"]
    assert phone.at_rest


def test_a_device_goes_on_while_it_is_in_provisioning(server, phone):
    server.sends("mod cmd UP1 provision 5", "", "", "mod cmd UP1 provision 0", "")
    assert len(phone.run_until_rest()) == 5


def test_a_device_goes_on_while_what_it_tells_differs(server, phone):
    query = "mod cmd UP0 scfg SERVER/q ser nop /always vars%20read%20A"
    server.sends(query, "vars create A p 1", query, query)
    polls = phone.run_until_rest()
    assert [poll.changed for poll in polls] == [["uploads"], ["variables"], ["uploads"], []]


def test_a_device_that_resets_at_each_poll_never_rests(server, phone):
    server.sends("vars create A p 1\niresetn")
    assert len(phone.run_until_rest(max_polls=7)) == 7
    assert not phone.at_rest


def test_a_device_that_meets_errors_never_rests(server, phone):
    server.sends("mod cmd UP0 prot SERVER/fw/1/ ser 1")
    phone.run_until_rest(max_polls=3)
    assert not phone.at_rest
    assert phone.counters["errors"] == 3


def test_the_pace_is_that_of_a_real_device(server, phone):
    waits = []
    phone.pace = waits.append
    server.sends(
        "mod cmd UP1 provision 5",
        "config add UP1 /poll 1\nconfig write\nconfig activate\nmod cmd UP1 provision 0",
        "config add UP1 /url SERVER%2Fupdate%2Fupdate.php\nconfig write\nconfig activate",
        "vars create A p 1\niresetn",
        "",
    )
    phone.run_until_rest()
    assert waits == [5, 60, 0, 60]


def test_each_poll_is_told_as_it_happens(server, phone):
    told = []
    server.sends("config add CMD0 /name a")
    assert phone.run_until_rest(seen=told.append) == told


def test_after_a_restart_provisioning_is_what_the_configuration_says(server, phone):
    server.sends("config add UP1 /provision 7\nconfig write\nconfig activate\nmod cmd UP1 provision 5\nreset")
    phone.poll()
    assert phone.provision == 7


def test_a_device_goes_on_while_it_makes_a_request(server, keys):
    phone = Device(server.url, busy_polls=3, keys=keys)
    server.sends("mod cmd X509 servercert-create /type Signing%20request /key P-256 /dn-cn a", "")
    phone.run_until_rest()
    assert "X509/REQUEST" in phone.variables
